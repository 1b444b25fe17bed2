"""Checkpoints: a log's size and root as a signed note. Pure.

Source: C2SP tlog-checkpoint and C2SP signed-note, Ed25519 (signature type 0x01, RFC 8032).
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SIGNATURE = re.compile(r"— (?P<name>\S+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class InvalidCheckpoint(ValueError):
    """The text is no signed note, or not by this key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``root`` is 32 bytes: the RFC 6962 root over the first ``size`` entries of the log ``origin``."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


class LogKey:
    """The Ed25519 key (a 32-byte seed) that a log signs its checkpoints and statuses with."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        text = checkpoint.text()
        signature = _base64(self.verifier.key_hash + self.sign(text.encode()))
        return f"{text}\n— {self.name} {signature}\n"


class Verifier:
    """A log's public key, written as a note's verifier key: ``<name>+<key hash>+<base64 of type and key>``."""

    def __init__(self, name: str, public_key: bytes) -> None:
        self.name = name
        self.public_key = public_key
        digest = hashlib.sha256(f"{name}\n".encode() + _ED25519 + public_key).digest()
        self.key_hash = digest[:4]

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Raises InvalidCheckpoint."""
        name, _, rest = text.strip().partition("+")
        key_hash, _, encoded = rest.partition("+")
        key = _bytes(encoded)
        verifier = cls(name, key[1:])
        if len(key) != 33 or key[:1] != _ED25519 or key_hash != verifier.key_hash.hex():
            raise InvalidCheckpoint("A checkpoint key reads <name>+<8 hex digits>+<base64>, as published.")
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{_base64(_ED25519 + self.public_key)}"

    def check(self, data: bytes, signature: bytes) -> None:
        """Raises InvalidCheckpoint."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, data)
        except (InvalidSignature, ValueError) as error:
            raise InvalidCheckpoint(f"This is not signed by the log key of {self.name}.") from error

    def open(self, note: str) -> Checkpoint:
        """The checkpoint in a note that this key signed. Raises InvalidCheckpoint."""
        text, _, signatures = note.partition("\n\n")
        text += "\n"
        *lines, end = signatures.split("\n")
        if end:
            raise InvalidCheckpoint("A signed note ends with a line break.")
        found = [match for match in map(_SIGNATURE.fullmatch, lines) if match]
        if len(found) != len(lines):
            raise InvalidCheckpoint("A line after the checkpoint is no signature.")
        for match in found:
            if match["name"] != self.name:
                continue
            signature = _bytes(match["signature"])
            if signature[:4] == self.key_hash:
                self.check(text.encode(), signature[4:])
                return parse_checkpoint(text)
        raise InvalidCheckpoint(f"The checkpoint bears no signature of {self.name}.")


def parse_checkpoint(text: str) -> Checkpoint:
    """The first three lines of a note's text; a checkpoint may have further ones. Raises InvalidCheckpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]) or len(_bytes(lines[2])) != 32:
        raise InvalidCheckpoint("A checkpoint reads: origin, size, base64 of the root, each on its line.")
    return Checkpoint(lines[0], int(lines[1]), _bytes(lines[2]))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Base64 in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidCheckpoint("This is no base64.") from error
    if _base64(data) != text:
        raise InvalidCheckpoint("This is no canonical base64.")
    return data
