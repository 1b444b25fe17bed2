"""The statement: what an attestation says, as an in-toto Statement v1. Pure.

Source: the in-toto attestation framework, https://github.com/in-toto/attestation/tree/main/spec/v1.
No clock, no chance and nothing a client sent goes in: the same evidence under the same policy has the
same bytes, and so the same hash, for ever. Values travel as decimals in text; bps are integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
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
class Credit:
    """A contributor as the registrant named them; rows of one address are added up by the statement."""

    address: str
    weight_bps: int
    data_hash: str = ""


@dataclass(frozen=True, slots=True)
class Improvement:
    """All that a statement is made from. Addresses are EIP-55; ``counted_gain_bps`` is exact."""

    candidate: Side
    baseline: Side
    primary_metric: str
    directions: dict[str, str]
    best_before: float | None
    counted_gain_bps: Decimal
    registrant: str
    credits: tuple[Credit, ...]
    evidence_level: str


def build_statement(improvement: Improvement) -> Statement:
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
            "policy": {
                "deltaone_threshold_bps": DELTAONE_THRESHOLD_BPS,
                "counted_gain": "primary metric over the best ever verified value of any earlier version",
                "evidence": "claim equal to the MLflow snapshot, run finished, artifacts hashed",
            },
            "contributors": aggregate(improvement.credits),
            "registrant": improvement.registrant,
            "contributors_named_by": improvement.registrant,
            "evidence_level": improvement.evidence_level,
        },
    }


def statement_hash(statement: Statement) -> str:
    """``0x`` + SHA-256 of the statement's RFC 8785 bytes."""
    return f"0x{sha256_hex(canonical_bytes(statement))}"


def aggregate(credits_: Iterable[Credit]) -> list[dict[str, Any]]:
    """One row an address, in the order of the addresses: weights added up, data hashes listed."""
    weights: dict[str, int] = {}
    hashes: dict[str, set[str]] = {}
    for credit in credits_:
        weights[credit.address] = weights.get(credit.address, 0) + credit.weight_bps
        hashes.setdefault(credit.address, set()).update({credit.data_hash} - {""})
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
    before, after = improvement.baseline.metrics[name], improvement.candidate.metrics[name]
    proportion = is_proportion(name, before, after)
    return {
        "name": name,
        "direction": _direction(improvement),
        "is_proportion": proportion,
        "baseline_score_bps": score_bps(before) if proportion else 0,
        "candidate_score_bps": score_bps(after) if proportion else 0,
    }


def _deltaone(improvement: Improvement) -> dict[str, Any]:
    gained = primary_gain_bps(improvement)
    return {
        "gain_bps": None if gained is None else plain_decimal(gained),
        "achieved": gained is not None and gained >= DELTAONE_THRESHOLD_BPS,
    }
