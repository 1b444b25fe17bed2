"""An attestation as an off-chain attestation of the Ethereum Attestation Service, version 2. Pure.

Source: https://docs.attest.org and the off-chain part of its SDK, which is the tests' oracle. Nothing
here hangs on when it is asked for: the same attestation has the same UID for ever.
"""

from typing import Any

from eth_hash.auto import keccak

from attestations.abi import dynamic, word
from attestations.eip712 import Domain, Struct, hex_bytes
from attestations.exports import Facts

NAME = "EAS Attestation"
VERSION = 2
#: The fields of the registry's own signed struct that a contract would read, and in its order.
FIELDS = (
    ("bytes32", "statementHash"),
    ("bytes32", "evidenceRoot"),
    ("bytes32", "candidateArtifactDigest"),
    ("bytes32", "baselineArtifactDigest"),
    ("string", "metric"),
    ("uint16", "baselineScoreBps"),
    ("uint16", "candidateScoreBps"),
    ("uint256", "countedGainBps"),
    ("bytes32", "contributorsHash"),
)
SCHEMA = ",".join(f"{kind} {name}" for kind, name in FIELDS)
ATTEST = Struct(
    "Attest",
    (
        ("version", "uint16"),
        ("schema", "bytes32"),
        ("recipient", "address"),
        ("time", "uint64"),
        ("expirationTime", "uint64"),
        ("revocable", "bool"),
        ("refUID", "bytes32"),
        ("data", "bytes"),
        ("salt", "bytes32"),
    ),
)

_NO_ADDRESS = b"\0" * 20
_SALT_CONTEXT = b"hokusai-eas-offchain-salt/v1\n"


def schema_uid() -> str:
    """The schema as EAS's registry would know it: without a resolver, revocable. ``0x`` and 64 hex digits."""
    return _hex(keccak(SCHEMA.encode() + _NO_ADDRESS + b"\1"))


def attest_message(facts: Facts, improvement: dict[str, Any]) -> dict[str, Any]:
    """The message that is signed. ``improvement`` is the struct that the registry signed for the statement.

    Times are unix seconds; numbers of 64 bits are text, as EAS writes them.
    """
    return {
        "version": VERSION,
        "schema": schema_uid(),
        "recipient": improvement["registrant"],
        "time": str(int(facts.logged_at.timestamp())),
        "expirationTime": "0",
        "revocable": True,
        "refUID": _hex(b"\0" * 32),
        "data": _hex(encode_data(improvement)),
        "salt": _hex(keccak(_SALT_CONTEXT + hex_bytes(facts.hash, 32))),
    }


def offchain_attestation(message: dict[str, Any], domain: Domain, signer: str, signature: str) -> dict[str, Any]:
    """The JSON that EAS's tools take. ``signature`` is r ‖ s ‖ v in hex, by ``signer`` over the message's digest."""
    document = ATTEST.document(domain, message)
    raw = hex_bytes(signature, 65)
    return {
        "sig": {
            "version": VERSION,
            "uid": uid(message),
            "domain": {**document["domain"], "chainId": str(domain.chain_id)},
            "primaryType": document["primaryType"],
            "types": {ATTEST.name: document["types"][ATTEST.name]},
            "message": message,
            "signature": {"v": raw[64], "r": _hex(raw[:32]), "s": _hex(raw[32:64])},
        },
        "signer": signer,
    }


def uid(message: dict[str, Any]) -> str:
    """keccak256 of the message, packed. The schema goes in as its text and not as its bytes."""
    packed = (
        message["version"].to_bytes(2, "big"),
        message["schema"].encode(),
        hex_bytes(message["recipient"], 20),
        _NO_ADDRESS,
        int(message["time"]).to_bytes(8, "big"),
        int(message["expirationTime"]).to_bytes(8, "big"),
        message["revocable"].to_bytes(1, "big"),
        hex_bytes(message["refUID"], 32),
        hex_bytes(message["data"]),
        hex_bytes(message["salt"], 32),
        # EAS counts up from 0 where two on-chain attestations would have one UID; off-chain ones stay at 0.
        b"\0" * 4,
    )
    return _hex(keccak(b"".join(packed)))


def encode_data(improvement: dict[str, Any]) -> bytes:
    """abi.encode of the schema's fields."""
    head, tail = b"", b""
    for kind, name in FIELDS:
        value = improvement[name]
        if kind == "string":
            head += word(32 * len(FIELDS) + len(tail))
            tail += dynamic(value.encode())
        else:
            head += hex_bytes(value, 32) if kind == "bytes32" else word(value)
    return head + tail


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
