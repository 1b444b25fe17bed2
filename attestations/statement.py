"""The statement: what an attestation says, as an in-toto Statement v1. Pure.

Source: the in-toto attestation framework, https://github.com/in-toto/attestation/tree/main/spec/v1.
No clock, no chance and nothing a client sent goes in: the same evidence under the same policy has the
same bytes, and so the same hash, for ever. Values travel as decimals in text; bps are integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from attestations.commitments import SCHEME, Opening, Side, salt
from registry.canonical import canonical_bytes, decimal_text, plain_decimal, sha256_hex
from registry.metrics import (
    DELTAONE_THRESHOLD_BPS,
    Direction,
    direction_of,
    exact_difference,
    gain,
    is_proportion,
    score_bps,
)

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://hokus.ai/attestations/performance-improvement/v1"
ATTESTATION_TYPE = "performance_improvement"
REVOCATION_TYPE = "https://hokus.ai/attestations/revocation/v1"

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VersionEvidence:
    """One of the two versions: ``metrics`` are the verified values, digests are ``sha256:<hex>``."""

    model_id: str
    mlflow_run_id: str
    artifact_digest: str
    snapshot_digest: str
    run_end_time: str | None
    metrics: dict[str, float]

    def reference(self) -> dict[str, Any]:
        return {
            "model_id": self.model_id,
            "mlflow_run_id": self.mlflow_run_id,
            "artifact_digest": self.artifact_digest,
            "snapshot_digest": self.snapshot_digest,
            "run_end_time": self.run_end_time,
        }


@dataclass(frozen=True, slots=True)
class ContributorShare:
    """A contributor as the registrant named them; rows of one address are added up by the statement."""

    address: str
    weight_bps: int
    data_hash: str = ""


@dataclass(frozen=True, slots=True)
class Improvement:
    """All that a statement is made from. Addresses are EIP-55; ``counted_gain_bps`` is exact."""

    candidate: VersionEvidence
    baseline: VersionEvidence
    primary_metric: str
    directions: dict[str, str]
    best_before: float | None
    counted_gain_bps: Decimal
    registrant: str
    shares: tuple[ContributorShare, ...]
    evidence_level: str


def score_openings(improvement: Improvement, secret: bytes) -> dict[Side, Opening]:
    """What opens the statement's commitments: for whoever may know the salts, and no one else."""
    scores = _scores(improvement)
    names = improvement.candidate.model_id, improvement.baseline.model_id
    return {side: Opening(score, salt(secret, *names, side)) for side, score in scores.items()}


def build_statement(improvement: Improvement, secret: bytes) -> Statement:
    """The statement. ``secret`` is the registry's own, and makes the salts of the commitments."""
    openings = score_openings(improvement, secret)
    candidate, baseline = improvement.candidate, improvement.baseline
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {
                "name": candidate.model_id,
                "digest": {"sha256": candidate.artifact_digest.removeprefix("sha256:")},
            }
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "attestation_type": ATTESTATION_TYPE,
            "candidate": candidate.reference(),
            "baseline": baseline.reference(),
            "metrics": _metrics(improvement),
            "primary_metric": _primary_metric(improvement),
            "counted": {
                "best_verified_before": (
                    None if improvement.best_before is None else decimal_text(improvement.best_before)
                ),
                "gain_bps": plain_decimal(improvement.counted_gain_bps),
            },
            "deltaone": _deltaone(improvement),
            "commitments": {
                "scheme": SCHEME,
                "baseline": openings["baseline"].commitment,
                "candidate": openings["candidate"].commitment,
            },
            "policy": {
                "direction": _direction(improvement),
                "deltaone_threshold_bps": DELTAONE_THRESHOLD_BPS,
                "counted_gain": "primary metric over the best ever verified value of any earlier version",
                "evidence": "claim equal to the MLflow snapshot, run finished, artifacts hashed",
            },
            "contributors": aggregate(improvement.shares),
            "registrant": improvement.registrant,
            "contributors_named_by": improvement.registrant,
            "evidence_level": improvement.evidence_level,
        },
    }


def statement_hash(statement: Statement) -> str:
    """``0x`` + SHA-256 of the statement's RFC 8785 bytes."""
    return f"0x{sha256_hex(canonical_bytes(statement))}"


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def revocation_document(attestation_hash: str, reason: str, revoked_at: str) -> dict[str, str]:
    """What the log has of a revocation, as the SHA-256 of its RFC 8785 bytes."""
    return {"type": REVOCATION_TYPE, "attestation": attestation_hash, "reason": reason, "revoked_at": revoked_at}


def aggregate(shares: Iterable[ContributorShare]) -> list[dict[str, Any]]:
    """One row an address, in the order of the addresses: weights added up, data hashes listed."""
    weights: dict[str, int] = {}
    hashes: dict[str, set[str]] = {}
    for share in shares:
        weights[share.address] = weights.get(share.address, 0) + share.weight_bps
        hashes.setdefault(share.address, set()).update({share.data_hash} - {""})
    return [
        {"address": address, "weight_bps": weights[address], "data_hashes": sorted(hashes[address])}
        for address in sorted(weights, key=str.lower)
    ]


def primary_gain_bps(improvement: Improvement) -> Decimal | None:
    """The candidate's gain over the baseline in the primary metric; None where it cannot be told."""
    metric = improvement.primary_metric
    gained = gain(
        metric,
        _direction(improvement),
        baseline=improvement.baseline.metrics[metric],
        candidate=improvement.candidate.metrics[metric],
    )
    return None if gained is None else gained.bps


def _direction(improvement: Improvement) -> Direction | None:
    return direction_of(improvement.primary_metric, improvement.directions)


def _metrics(improvement: Improvement) -> list[dict[str, Any]]:
    before, after = improvement.baseline.metrics, improvement.candidate.metrics
    return [
        {
            "name": name,
            "direction": direction_of(name, improvement.directions),
            "baseline": decimal_text(before[name]),
            "candidate": decimal_text(after[name]),
            "delta": plain_decimal(exact_difference(before[name], after[name])),
        }
        for name in sorted(set(before) & set(after))
    ]


def _primary_metric(improvement: Improvement) -> dict[str, Any]:
    name = improvement.primary_metric
    scores = _scores(improvement)
    return {
        "name": name,
        "direction": _direction(improvement),
        "is_proportion": is_proportion(name, improvement.baseline.metrics[name], improvement.candidate.metrics[name]),
        "baseline_score_bps": scores["baseline"],
        "candidate_score_bps": scores["candidate"],
    }


def _scores(improvement: Improvement) -> dict[Side, int]:
    """The primary metric in basis points; 0 and 0 where it is no proportion."""
    name = improvement.primary_metric
    before, after = improvement.baseline.metrics[name], improvement.candidate.metrics[name]
    if not is_proportion(name, before, after):
        return {"baseline": 0, "candidate": 0}
    return {"baseline": score_bps(before), "candidate": score_bps(after)}


def _deltaone(improvement: Improvement) -> dict[str, Any]:
    gained = primary_gain_bps(improvement)
    return {
        "gain_bps": None if gained is None else plain_decimal(gained),
        "achieved": gained is not None and gained >= DELTAONE_THRESHOLD_BPS,
    }
