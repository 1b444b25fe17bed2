"""What in a predicate follows from the rest of it: a signed contradiction is no attestation. Pure."""

import math
from typing import Any

from registry.canonical import decimal_text, plain_decimal
from registry.metrics import BPS, exact_difference, gain, is_proportion, score_bps


def check_arithmetic(predicate: dict[str, Any]) -> None:
    """Raises ValueError, naming the first figure that does not follow."""
    for row in predicate["metrics"]:
        before, after = _double(row["baseline"]), _double(row["candidate"])
        _same(f"the delta of {row['name']}", row["delta"], plain_decimal(exact_difference(before, after)))
    primary = predicate["primary_metric"]
    (values,) = (row for row in predicate["metrics"] if row["name"] == primary["name"])
    before, after = _double(values["baseline"]), _double(values["candidate"])
    proportion = is_proportion(primary["name"], before, after)
    _same("is_proportion", primary["is_proportion"], proportion)
    _same("the baseline's score", primary["baseline_score_bps"], score_bps(before) if proportion else 0)
    _same("the candidate's score", primary["candidate_score_bps"], score_bps(after) if proportion else 0)
    _same("the direction", (primary["direction"], values["direction"]), (predicate["policy"]["direction"],) * 2)
    gained = gain(primary["name"], primary["direction"], baseline=before, candidate=after)
    if gained is None or gained.bps <= 0:
        raise ValueError(f"{primary['name']} did not improve from {before} to {after}.")
    _same("the gain", predicate["deltaone"]["gain_bps"], plain_decimal(gained.bps))
    threshold = predicate["policy"]["deltaone_threshold_bps"]
    _same("the DeltaOne verdict", predicate["deltaone"]["achieved"], gained.bps >= threshold)
    _check_counted(predicate, after)
    weights = [row["weight_bps"] for row in predicate["contributors"]]
    if weights:
        _same("the weights' total", sum(weights), BPS)


def _check_counted(predicate: dict[str, Any], after: float) -> None:
    """The counted gain is the one over the best value before, or nothing: of copies one counts."""
    counted, primary = predicate["counted"], predicate["primary_metric"]
    if counted["gain_bps"] == "0":
        return
    best = counted["best_verified_before"]
    if best is None:
        raise ValueError("A gain counts, and there is no value before to count it from.")
    gained = gain(primary["name"], primary["direction"], baseline=_double(best), candidate=after)
    _same("the counted gain", counted["gain_bps"], plain_decimal(gained.bps) if gained and gained.bps > 0 else "0")


def _double(text: str) -> float:
    """A value in the one spelling that a double has. Raises ValueError."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number.")
    _same("a value's spelling", text, decimal_text(number))
    return number


def _same(what: str, stated: Any, found: Any) -> None:
    if stated != found:
        raise ValueError(f"{what} is stated as {stated!r} and is {found!r}")
