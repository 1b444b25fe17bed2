"""An attestation as the output that Hokusai's pipeline gives to a prover, schema version 1.0. Pure.

The format asks for JSON numbers where a statement has decimals in text: they are for reading, and a
proof is about the public inputs. What the format has no room for is left out; the bundle has it all.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from attestations.commitments import public_inputs
from attestations.exports import Facts, missing_details
from attestations.statement import rfc3339
from registry.canonical import canonical_bytes, sha256_hex

SCHEMA_VERSION = "1.0"
NEEDED = ("pipeline_version", "benchmark_type", "dataset_size", "data_manifest")

#: Names that the format knows, under which it looks for these metrics; the first that is there stands for them.
_ALSO_CALLED = {"f1": ("f1_score",), "auroc": ("roc_auc", "auc")}
#: The format takes these as proportions only.
_BOUNDED = frozenset({"accuracy", "precision", "recall", "f1", "auroc"})
_NAME = re.compile(r"[a-z0-9_]+")
_DATA_HASH = re.compile(r"(?:0x|sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric of both versions. ``improved`` is None where nobody says which direction is better."""

    baseline: float
    candidate: float
    delta: float
    relative: float
    improved: bool | None

    def as_json(self) -> dict[str, Any]:
        return {
            "baseline_value": self.baseline,
            "new_value": self.candidate,
            "absolute_delta": self.delta,
            "relative_delta": self.relative,
            "improvement": self.improved is True,
        }


def missing(facts: Facts) -> dict[str, str]:
    """What the document needs and does not have, each with a sentence on it."""
    found = missing_details(facts, NEEDED)
    if "accuracy" not in _metrics(facts.predicate["metrics"]):
        found["metrics.accuracy"] = "Both versions must have an accuracy, from 0 to 1."
    if not facts.predicate["contributors"]:
        found["contributors"] = "There must be at least one contributor."
    return found


def build_document(facts: Facts, model_types: dict[str, str]) -> dict[str, Any]:
    """The document of facts that miss nothing. ``model_types`` are by ``baseline`` and ``candidate``."""
    predicate, details = facts.predicate, facts.details
    metrics = _metrics(predicate["metrics"])
    return {
        "schema_version": SCHEMA_VERSION,
        "metadata": {
            "pipeline_run_id": predicate["candidate"]["mlflow_run_id"],
            "timestamp": rfc3339(facts.logged_at),
            "pipeline_version": details["pipeline_version"],
        },
        "evaluation_results": {
            "baseline_metrics": {name: metric.baseline for name, metric in metrics.items()},
            "new_metrics": {name: metric.candidate for name, metric in metrics.items()},
            "benchmark_metadata": _benchmark(details),
        },
        "delta_computation": {
            "delta_one_score": float(Decimal(predicate["deltaone"]["gain_bps"]) / 10_000),
            "metric_deltas": {name: metric.as_json() for name, metric in metrics.items()},
            "computation_method": "custom",
            "metrics_included": [name for name in metrics if name == predicate["primary_metric"]["name"]],
            "improved_metrics": [name for name, metric in metrics.items() if metric.improved is True],
            "degraded_metrics": [
                name for name, metric in metrics.items() if metric.improved is False and metric.delta != 0
            ],
        },
        "models": {
            "baseline": _model(predicate["baseline"], model_types["baseline"]),
            "new": _model(predicate["candidate"], model_types["candidate"]),
        },
        "contributors": [_contributor(row, details["data_manifest"]) for row in predicate["contributors"]],
        "attestation": {
            "hash_tree_root": facts.evidence_root.removeprefix("0x"),
            "proof_ready": True,
            "proof_system": "none",
            "public_inputs_hash": public_inputs_hash(facts),
        },
    }


def public_inputs_hash(facts: Facts) -> str:
    """SHA-256 (hex) of the RFC 8785 bytes of the public inputs, as the bundle lists them."""
    predicate = facts.predicate
    threshold = predicate["policy"]["deltaone_threshold_bps"]
    return sha256_hex(canonical_bytes(public_inputs(predicate["commitments"], threshold, facts.hash)))


def _metrics(rows: list[dict[str, Any]]) -> dict[str, _Metric]:
    """By name, with the format's own names beside the registry's."""
    named = {row["name"]: row for row in rows}
    for known, others in _ALSO_CALLED.items():
        found = next((named[name] for name in others if name in named), None)
        if found is not None:
            named.setdefault(known, found)
    read = {name: _metric(named[name]) for name in sorted(named)}
    return {name: metric for name, metric in read.items() if _fits(name, metric)}


def _metric(row: dict[str, Any]) -> _Metric:
    before, delta = Decimal(row["baseline"]), Decimal(row["delta"])
    return _Metric(
        baseline=float(before),
        candidate=float(row["candidate"]),
        delta=float(delta),
        # From zero there is no relative change, and the format wants a number.
        relative=float(delta / abs(before)) if before else 0.0,
        improved=None if row["direction"] is None else (delta > 0 if row["direction"] == "higher" else delta < 0),
    )


def _fits(name: str, metric: _Metric) -> bool:
    if not _NAME.fullmatch(name) or not math.isfinite(metric.delta) or not math.isfinite(metric.relative):
        return False
    return name not in _BOUNDED or (0 <= metric.baseline <= 1 and 0 <= metric.candidate <= 1)


def _benchmark(details: dict[str, Any]) -> dict[str, Any]:
    found = {"size": details["dataset_size"], "type": details["benchmark_type"]}
    if "dataset_hash" in details:
        found["dataset_hash"] = details["dataset_hash"].removeprefix("0x")
    return found


def _model(version: dict[str, Any], model_type: str) -> dict[str, Any]:
    return {
        "model_id": version["model_id"],
        "model_type": model_type,
        "model_hash": version["artifact_digest"].removeprefix("sha256:"),
        "mlflow_run_id": version["mlflow_run_id"],
    }


def _contributor(row: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """A contributor who named one hash has it; others have that of the data as a whole."""
    own = [match[1] for match in map(_DATA_HASH.fullmatch, row["data_hashes"]) if match]
    return {
        "id": row["address"],
        "data_hash": own[0] if len(own) == 1 else manifest["data_hash"],
        "data_manifest": manifest,
        "weight": row["weight_bps"] / 10_000,
        "wallet_address": row["address"],
    }
