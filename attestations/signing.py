"""EIP-712 over a flat struct that says what a statement says. Pure but for the key a signer holds.

Everything in the struct is taken from the statement, so a verifier rebuilds it and needs to trust
nothing else in a bundle. Source: EIP-712, EIP-2 (low s).
"""

from typing import Any, Protocol

from eth_abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.crypto import keccak

from attestations.statement import Statement, statement_hash
from contributors.ethereum import recover_message_signer

TypedData = dict[str, Any]

_TYPES: dict[str, list[dict[str, str]]] = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
    ],
    "PerformanceImprovement": [
        {"name": "statementHash", "type": "bytes32"},
        {"name": "candidate", "type": "string"},
        {"name": "baseline", "type": "string"},
        {"name": "candidateArtifactDigest", "type": "bytes32"},
        {"name": "baselineArtifactDigest", "type": "bytes32"},
        {"name": "metric", "type": "string"},
        {"name": "baselineValue", "type": "string"},
        {"name": "candidateValue", "type": "string"},
        {"name": "baselineScoreBps", "type": "uint16"},
        {"name": "candidateScoreBps", "type": "uint16"},
        {"name": "registrant", "type": "address"},
        {"name": "contributorsHash", "type": "bytes32"},
    ],
}


class Signer(Protocol):
    """Signs for the registry. A key management service takes this one method."""

    @property
    def address(self) -> str:
        """EIP-55."""

    def sign(self, message: SignableMessage) -> str:
        """65 bytes r ‖ s ‖ v, low s, v 27 or 28, as ``0x`` hex."""


class KeySigner:
    """A signer whose private key (32 bytes, hex) is in this process's memory."""

    def __init__(self, private_key: str) -> None:
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, message: SignableMessage) -> str:
        return f"0x{bytes(self._account.sign_message(message).signature).hex()}"


def typed_data(statement: Statement, chain_id: int) -> TypedData:
    """The EIP-712 document that is signed for a statement, as wallets and libraries take it."""
    predicate = statement["predicate"]
    primary = predicate["primary_metric"]
    values = next(row for row in predicate["metrics"] if row["name"] == primary["name"])
    return {
        "types": _TYPES,
        "primaryType": "PerformanceImprovement",
        "domain": {"name": "Hokusai Registry", "version": "1", "chainId": chain_id},
        "message": {
            "statementHash": statement_hash(statement),
            "candidate": predicate["candidate"]["model_id"],
            "baseline": predicate["baseline"]["model_id"],
            "candidateArtifactDigest": _bytes32(predicate["candidate"]["artifact_digest"]),
            "baselineArtifactDigest": _bytes32(predicate["baseline"]["artifact_digest"]),
            "metric": primary["name"],
            "baselineValue": values["baseline"],
            "candidateValue": values["candidate"],
            "baselineScoreBps": primary["baseline_score_bps"],
            "candidateScoreBps": primary["candidate_score_bps"],
            "registrant": predicate["registrant"],
            "contributorsHash": contributors_hash(predicate["contributors"]),
        },
    }


def contributors_hash(contributors: list[dict[str, Any]]) -> str:
    """keccak256(abi.encode(address[], uint256[])) of addresses and weights, in the statement's order."""
    addresses = [row["address"] for row in contributors]
    weights = [row["weight_bps"] for row in contributors]
    return f"0x{keccak(abi_encode(['address[]', 'uint256[]'], [addresses, weights])).hex()}"


def sign_statement(statement: Statement, chain_id: int, signer: Signer) -> str:
    return signer.sign(encode_typed_data(full_message=typed_data(statement, chain_id)))


def recover_attester(statement: Statement, chain_id: int, signature: str) -> str:
    """The EIP-55 address that signed a statement. Raises InvalidSignature, a ValueError."""
    return recover_message_signer(encode_typed_data(full_message=typed_data(statement, chain_id)), signature)


def _bytes32(digest: str) -> str:
    return f"0x{digest.removeprefix('sha256:')}"
