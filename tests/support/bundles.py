"""Bundles made without a database, as the registry's own modules make them."""

from typing import Any

from attestations.checkpoint import Checkpoint, LogKey
from attestations.commitments import public_inputs
from attestations.eip712 import Domain
from attestations.log_tree import inclusion_ranges, leaf_hash, node_hash, range_hash
from attestations.signing import IMPROVEMENT as STRUCT
from attestations.signing import KeySigner, evidence_root, improvement_message, sign_message
from attestations.statement import build_statement, revocation_document, statement_hash
from attestations.status import sign_status
from attestations.verification import Trust
from registry.canonical import canonical_bytes, sha256_hex
from tests.attestations.test_statement import IMPROVEMENT, SECRET

SIGNER = KeySigner("0x" + "11" * 32)
FORGER = KeySigner("0x" + "22" * 32)
LOG_KEY = LogKey("registry.example/log", bytes(range(32)))
TRUST = Trust(frozenset({SIGNER.address}), LOG_KEY.verifier)
DOMAIN = Domain("Hokusai Registry", "1", 1)


class Log:
    """A transparency log in memory."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries

    def hash(self, leaves: tuple[int, int]) -> bytes:
        return range_hash(leaves, self._node)

    def prove(self, index: int) -> list[str]:
        return [self.hash(leaves).hex() for leaves in inclusion_ranges(index, len(self.entries))]

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(LOG_KEY.name, len(self.entries), self.hash((0, len(self.entries))))

    def _node(self, node: tuple[int, int]) -> bytes:
        level, index = node
        if level == 0:
            return leaf_hash(self.entries[index])
        return node_hash(self._node((level - 1, 2 * index)), self._node((level - 1, 2 * index + 1)))


def make_bundle(signer: KeySigner = SIGNER, domain: Domain = DOMAIN, revoked: str = "") -> dict[str, Any]:
    """The bundle of tests/attestations/test_statement.py's improvement, third of five entries of a log."""
    statement = build_statement(IMPROVEMENT, SECRET)
    message = improvement_message(statement, statement_hash(statement), evidence_root(statement))
    hash_ = message["statementHash"]
    document = revocation_document(hash_, revoked, "2026-02-01T12:00:00.000000Z")
    last = bytes.fromhex(sha256_hex(canonical_bytes(document))) if revoked else b"\x05" * 32
    log = Log([b"\x01" * 32, b"\x02" * 32, bytes.fromhex(hash_[2:]), b"\x04" * 32, last])
    status = {
        "hash": hash_,
        "log_size": 5,
        "logged_at": "2026-01-31T12:00:10.000000Z",
        "supersedes": None,
        "superseded_by": None,
        "revocation": {"document": document, "log_index": 4, "inclusion_proof": log.prove(4)} if revoked else None,
        "warnings": [],
    }
    commitments = statement["predicate"]["commitments"]
    return {
        "hash": hash_,
        "statement": statement,
        "evidence_root": message["evidenceRoot"],
        "signature": {
            "scheme": "eip712",
            "signer": signer.address,
            "signature": sign_message(message, domain, signer),
            "typed_data": STRUCT.document(domain, message),
        },
        "zk": {"scheme": commitments["scheme"], "public_inputs": public_inputs(commitments, 100, hash_)},
        "log": {
            "index": 2,
            "inclusion_proof": log.prove(2),
            "checkpoint": LOG_KEY.sign_checkpoint(log.checkpoint()),
        },
        "status": status,
        "status_signature": sign_status(status, LOG_KEY),
    }
