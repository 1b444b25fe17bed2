"""Ethereum addresses and signatures. Pure: no Django, no clock, no network."""

import re

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys import keys
from eth_utils.address import to_checksum_address

# Half the order of secp256k1. EIP-2 admits only s at or below it: for every signature with a low s
# there is a second, equally valid one with a high s, which must not count as another signature.
HALF_CURVE_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"(?:0[xX])?[0-9a-fA-F]{130}")


class InvalidAddress(ValueError):
    """The text is no Ethereum address, or its EIP-55 checksum is wrong."""


class InvalidSignature(ValueError):
    """The signature is malformed, malleable, or no key can have made it."""


def checksum_address(text: str) -> str:
    """Normalise an address to EIP-55.

    Takes ``0x`` and 40 hex digits in lower case, in upper case, or mixed with a correct EIP-55
    checksum. Raises InvalidAddress otherwise.
    """
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise InvalidAddress("An address is 0x followed by 40 hexadecimal digits.")
    digits = text[2:]
    checksummed = to_checksum_address("0x" + digits.lower())
    if digits not in (digits.lower(), digits.upper(), checksummed[2:]):
        raise InvalidAddress(f"The EIP-55 checksum of this address is wrong; the right spelling is {checksummed}.")
    return str(checksummed)


def recover_signer(message: str, signature: str) -> str:
    """The EIP-55 address whose key signed ``message`` by EIP-191 (personal_sign).

    ``signature`` is 65 bytes r ‖ s ‖ v in hex, with or without ``0x``; v is 0, 1, 27 or 28; s is low
    (EIP-2). Raises InvalidSignature.
    """
    raw = _strict(signature)
    try:
        return str(Account.recover_message(encode_defunct(text=message), signature=raw))
    except Exception as error:
        # eth-account answers impossible points with a range of unrelated exception types.
        raise InvalidSignature("No key can have made this signature.") from error


def recover_digest_signer(digest: bytes, signature: str) -> str:
    """The EIP-55 address whose key signed 32 bytes; as strict as ``recover_signer``."""
    raw = _strict(signature)
    try:
        point = keys.Signature(raw[:64] + bytes([raw[64] % 27])).recover_public_key_from_msg_hash(digest)
    except Exception as error:
        raise InvalidSignature("No key can have made this signature.") from error
    return str(point.to_checksum_address())


def _strict(signature: str) -> bytes:
    if not _SIGNATURE.fullmatch(signature):
        raise InvalidSignature("A signature is 65 bytes, written as 130 hexadecimal digits.")
    raw = bytes.fromhex(signature[-130:])
    if raw[64] not in (0, 1, 27, 28):
        raise InvalidSignature("The last byte of the signature, v, must be 0, 1, 27 or 28.")
    if int.from_bytes(raw[32:64], "big") > HALF_CURVE_ORDER:
        raise InvalidSignature("The signature's s is high; EIP-2 admits only the low one.")
    return raw
