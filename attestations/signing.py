"""What of a statement is signed by EIP-712, and by whom. Pure but for the key a signer holds.

Everything in the struct is taken from the statement, so a verifier rebuilds it and needs to trust
nothing else in a bundle. Source: EIP-712, EIP-2 (low s).
"""

from decimal import Decimal
from typing import Any, Protocol

from eth_account import Account
from eth_hash.auto import keccak

from attestations.abi import bytes32, word
from attestations.eip712 import Domain, Struct, hex_bytes
from attestations.merkle import FactTree
from attestations.statement import Statement
from contributors.ethereum import recover_digest_signer

IMPROVEMENT = Struct(
    "PerformanceImprovement",
    (
        ("statementHash", "bytes32"),
        ("evidenceRoot", "bytes32"),
        ("candidate", "string"),
        ("baseline", "string"),
        ("candidateArtifactDigest", "bytes32"),
        ("baselineArtifactDigest", "bytes32"),
        ("metric", "string"),
        ("baselineValue", "string"),
        ("candidateValue", "string"),
        ("baselineScoreBps", "uint16"),
        ("candidateScoreBps", "uint16"),
        ("countedGainBps", "uint256"),
        ("registrant", "address"),
        ("contributorsHash", "bytes32"),
    ),
)


class Signer(Protocol):
    """Signs for the registry. A key management service takes these two."""

    @property
    def address(self) -> str:
        """EIP-55."""

    def sign_digest(self, digest: bytes) -> str:
        """The signature of 32 bytes: r ‖ s ‖ v, low s, v 27 or 28, as ``0x`` and 130 lower-case hex digits."""


class KeySigner:
    """A signer whose private key (32 bytes, hex) is in this process's memory."""

    def __init__(self, private_key: str) -> None:
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_digest(self, digest: bytes) -> str:
        return f"0x{bytes(self._account.unsafe_sign_hash(digest).signature).hex()}"


def evidence_root(statement: Statement) -> str:
    """The root of the tree over the facts of the predicate, ``0x`` and 64 hex digits."""
    return FactTree(statement["predicate"]).root


def improvement_message(statement: Statement, hash_: str, root: str) -> dict[str, Any]:
    """The struct that is signed for a statement of this hash and evidence root, which cost most to work out."""
    predicate = statement["predicate"]
    primary = predicate["primary_metric"]
    values = next(row for row in predicate["metrics"] if row["name"] == primary["name"])
    return {
        "statementHash": hash_,
        "evidenceRoot": root,
        "candidate": predicate["candidate"]["model_id"],
        "baseline": predicate["baseline"]["model_id"],
        "candidateArtifactDigest": bytes32(predicate["candidate"]["artifact_digest"]),
        "baselineArtifactDigest": bytes32(predicate["baseline"]["artifact_digest"]),
        "metric": primary["name"],
        "baselineValue": values["baseline"],
        "candidateValue": values["candidate"],
        "baselineScoreBps": primary["baseline_score_bps"],
        "candidateScoreBps": primary["candidate_score_bps"],
        # What a contract may reward: whole basis points, and 0 where the gain was had before.
        "countedGainBps": int(Decimal(predicate["counted"]["gain_bps"])),
        "registrant": predicate["registrant"],
        "contributorsHash": contributors_hash(predicate["contributors"]),
    }


def contributors_hash(contributors: list[dict[str, Any]]) -> str:
    """keccak256(abi.encode(address[], uint256[])) of addresses and weights, in the statement's order."""
    count = len(contributors)
    addresses = (hex_bytes(row["address"], 20).rjust(32, b"\0") for row in contributors)
    weights = (word(row["weight_bps"]) for row in contributors)
    head = word(64) + word(64 + 32 * (count + 1))
    encoded = b"".join((head, word(count), *addresses, word(count), *weights))
    return f"0x{keccak(encoded).hex()}"


def sign_message(message: dict[str, Any], domain: Domain, signer: Signer) -> str:
    return signer.sign_digest(IMPROVEMENT.digest(domain, message))


def recover_attester(message: dict[str, Any], domain: Domain, signature: str) -> str:
    """The EIP-55 address that signed the struct. Raises ValueError."""
    return recover_digest_signer(IMPROVEMENT.digest(domain, message), signature)
