"""Two versions, metric by metric. Pure."""

from dataclasses import dataclass
from typing import Any

from registry.metrics import DELTAONE_THRESHOLD_BPS, difference, direction_of, gain, relative_change


@dataclass(frozen=True, slots=True)
class Comparison:
    """``performance_delta``: metric → candidate − baseline, None where no double holds it.
    ``metrics``: one row a shared metric."""

    performance_delta: dict[str, float | None]
    metrics: dict[str, dict[str, Any]]
    deltaone: dict[str, Any]


def compare(
    baseline: dict[str, float],
    candidate: dict[str, float],
    *,
    primary_metric: str,
    directions: dict[str, str],
) -> Comparison:
    """Compare the metrics that both have. ``directions`` are the candidate's model's own overrides."""
    shared = [name for name in candidate if name in baseline]
    rows = {name: _row(name, baseline[name], candidate[name], directions) for name in shared}
    return Comparison(
        performance_delta={name: row["delta"] for name, row in rows.items()},
        metrics=rows,
        deltaone=_deltaone(primary_metric, baseline, candidate, directions),
    )


def _row(name: str, before: float, after: float, directions: dict[str, str]) -> dict[str, Any]:
    direction = direction_of(name, directions)
    improved = None if direction is None else (after > before if direction == "higher" else after < before)
    return {
        "baseline": before,
        "candidate": after,
        "delta": difference(before, after),
        "relative_change": relative_change(before, after),
        "direction": direction,
        "improved": improved,
    }


def _deltaone(
    metric: str, baseline: dict[str, float], candidate: dict[str, float], directions: dict[str, str]
) -> dict[str, Any]:
    """Did the primary metric gain one percentage point (1 % relative where it is no proportion)?"""
    verdict: dict[str, Any] = {
        "metric": metric,
        "threshold_bps": DELTAONE_THRESHOLD_BPS,
        "gain_bps": None,
        "relative": None,
        "achieved": False,
    }
    if metric not in baseline or metric not in candidate:
        return {**verdict, "reason": f"Both versions need the primary metric {metric}."}
    direction = direction_of(metric, directions)
    if direction is None:
        return {**verdict, "reason": f"Set whether higher or lower {metric} is better (PATCH the model)."}
    gained = gain(metric, direction, baseline=baseline[metric], candidate=candidate[metric])
    if gained is None:
        return {
            **verdict,
            "reason": f"From {baseline[metric]} to {candidate[metric]} there is no gain to measure: "
            "the values are on two scales, or the first is zero.",
        }
    achieved = gained.bps >= DELTAONE_THRESHOLD_BPS
    return {
        **verdict,
        "gain_bps": float(gained.bps),
        "relative": gained.relative,
        "achieved": achieved,
        "reason": f"{metric} gained {float(gained.bps):.4g} of the {DELTAONE_THRESHOLD_BPS} basis points.",
    }
