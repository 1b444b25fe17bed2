"""Evidence: what a run's snapshot holds, and what can be told from it. Pure."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from registry.canonical import decimal_text
from registry.runs import Run

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of a model: SHA-256 (hex) by relative path, and the digest over all of them."""

    digest: str
    hashes: dict[str, str]
    total_bytes: int
    logged_model_id: str | None


def snapshot_content(run: Run, files: ModelFiles) -> Content:
    """The content of a snapshot, ready for RFC 8785: numbers travel as text, times as RFC 3339."""
    return {
        "run": {
            "run_id": run.run_id,
            "experiment_id": run.experiment_id,
            "status": run.status,
            "start_time": rfc3339(run.start_ms),
            "end_time": rfc3339(run.end_ms),
        },
        "metrics": {
            name: {"value": number_text(m.value), "timestamp_ms": str(m.timestamp_ms), "step": str(m.step)}
            for name, m in run.metrics.items()
        },
        "params": run.params,
        "tags": run.tags,
        "artifacts": {
            "digest": files.digest,
            "files": files.hashes,
            "total_bytes": str(files.total_bytes),
            "logged_model_id": files.logged_model_id,
        },
    }


def mismatches(claimed: dict[str, float], content: Content) -> list[dict[str, Any]]:
    """Where the claim and the evidence differ: each claimed value beside what MLflow holds.

    Compared as IEEE doubles, exactly. Empty means verified.
    """
    found: list[dict[str, Any]] = []
    if content["run"]["status"] != "FINISHED":
        found.append({"field": "status", "claimed": "FINISHED", "mlflow": content["run"]["status"]})
    for name, value in claimed.items():
        logged = content["metrics"].get(name)
        if logged is None or logged["value"] != number_text(value):
            found.append(
                {
                    "field": f"metrics.{name}",
                    "claimed": value,
                    "mlflow": _number(logged["value"]) if logged else None,
                }
            )
    return found


def changes(frozen: Content, now: Content, claimed: dict[str, float]) -> list[dict[str, Any]]:
    """What a later pull found different: status, a claimed metric, a param, the artifact digest.

    Tags are left out: the registry and MLflow set tags of their own after a run has finished.
    """
    pairs: list[tuple[str, Any, Any]] = [
        ("status", frozen["run"]["status"], now["run"]["status"]),
        ("artifact_digest", frozen["artifacts"]["digest"], now["artifacts"]["digest"]),
    ]
    for name in claimed:
        before, after = frozen["metrics"].get(name), now["metrics"].get(name)
        pairs.append((f"metrics.{name}", before and before["value"], after and after["value"]))
    for name in sorted(set(frozen["params"]) | set(now["params"])):
        pairs.append((f"params.{name}", frozen["params"].get(name), now["params"].get(name)))
    return [{"field": field, "snapshot": before, "mlflow": after} for field, before, after in pairs if before != after]


def storable(detail: Any) -> Any:
    """JSON with its NUL characters written out: MLflow may hold them, and PostgreSQL cannot."""
    if isinstance(detail, dict):
        return {storable(name): storable(inner) for name, inner in detail.items()}
    if isinstance(detail, list):
        return [storable(inner) for inner in detail]
    return detail.replace("\0", "\\u0000") if isinstance(detail, str) else detail


def number_text(value: float) -> str:
    """A double as text: a plain decimal, or NaN, Infinity, -Infinity, which MLflow can hold."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return decimal_text(value)


def rfc3339(milliseconds: int | None) -> str | None:
    """Unix milliseconds as RFC 3339 in UTC; the number itself where no calendar holds it."""
    if milliseconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text
