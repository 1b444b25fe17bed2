"""Metrics: directions, proportions, gains in basis points. Pure."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from registry.canonical import decimal_text

Direction = Literal["higher", "lower"]

#: DeltaOne: one percentage point, in basis points.
DELTAONE_THRESHOLD_BPS = 100
BPS = 10_000
#: Two doubles a percentage point apart may differ by 0.00999999999999: no verdict hangs on their noise.
_GAIN_STEP_BPS = Decimal("0.0001")
#: No gain counts for more: doubles reach 10^308 and from 10^-324, and a sum of gains must stay a number.
MAX_GAIN_BPS = Decimal(10) ** 12

#: Proportions: values in [0, 1], higher is better, compared in percentage points.
PROPORTIONS = frozenset(
    {
        "accuracy", "balanced_accuracy", "precision", "recall", "f1", "f1_score", "f1_macro", "f1_micro",
        "f1_weighted", "auc", "roc_auc", "pr_auc", "average_precision", "jaccard", "specificity",
        "sensitivity", "ndcg", "map", "mrr", "hit_rate", "top_k_accuracy", "exact_match",
    }
)  # fmt: skip
_HIGHER = frozenset({"r2", "r2_score", "explained_variance", "matthews_corrcoef", "mcc", "cohen_kappa", "bleu"})
_LOWER = frozenset(
    {
        "rmse", "mse", "mae", "mape", "msle", "rmsle", "median_absolute_error", "max_error", "log_loss",
        "loss", "cross_entropy", "brier_score", "perplexity", "error_rate", "wer", "cer", "hinge_loss",
    }
)  # fmt: skip

_DEFAULT_PRIMARY = {
    "classification": ("accuracy", "f1_score"),
    "regression": ("rmse", "mae", "r2"),
    "ranking": ("ndcg",),
}


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better a value is than another, in its metric's good direction.

    ``bps`` is basis points: of the difference where the metric is a proportion, else of the change
    relative to the baseline's magnitude. Negative where it is worse. ``relative`` says which.
    """

    bps: Decimal
    relative: bool


def direction_of(metric: str, overrides: dict[str, str] | None = None) -> Direction | None:
    """``higher`` or ``lower`` is better; None where neither the model nor the table says."""
    chosen = (overrides or {}).get(metric)
    if chosen is not None:
        return "higher" if chosen == "higher" else "lower"
    if metric in PROPORTIONS or metric in _HIGHER:
        return "higher"
    return "lower" if metric in _LOWER else None


def default_primary_metric(model_type: str, metrics: dict[str, float]) -> str | None:
    """The metric a model of this type is judged by, of those it has; None where there is none."""
    return next((name for name in _DEFAULT_PRIMARY.get(model_type, ()) if name in metrics), None)


def is_proportion(metric: str, *values: float) -> bool:
    """True for a metric of the table whose values all lie in [0, 1]: 85.0 is a percentage, no proportion."""
    return metric in PROPORTIONS and all(0 <= value <= 1 for value in values)


def score_bps(value: float) -> int:
    """A proportion as an integer 0..10000, ROUND_HALF_EVEN."""
    return int((Decimal(decimal_text(value)) * BPS).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def gain(metric: str, direction: Direction | None, *, baseline: float, candidate: float) -> Gain | None:
    """The gain of ``candidate`` over ``baseline``; None where direction or size cannot be told.

    A relative change from zero has no size. Reckoned in decimals, and to a ten-thousandth of a basis
    point: 0.29 − 0.28 is 100 basis points, which it would not be in binary floating point.
    """
    if direction is None:
        return None
    before, after = Decimal(decimal_text(baseline)), Decimal(decimal_text(candidate))
    improvement = after - before if direction == "higher" else before - after
    if is_proportion(metric, baseline, candidate):
        return Gain(_rounded(improvement * BPS), relative=False)
    if metric in PROPORTIONS and is_proportion(metric, baseline) != is_proportion(metric, candidate):
        return None  # 0.85 and 70.0 are on two scales: a change of unit is no gain.
    if before == 0:
        return Gain(Decimal(0), relative=True) if improvement == 0 else None
    bps = improvement / abs(before) * BPS
    return Gain(_rounded(max(-MAX_GAIN_BPS, min(MAX_GAIN_BPS, bps))), relative=True)


def _rounded(bps: Decimal) -> Decimal:
    return bps.quantize(_GAIN_STEP_BPS, rounding=ROUND_HALF_EVEN)


def exact_difference(before: float, after: float) -> Decimal:
    """``after`` − ``before`` in decimals: 0.87 − 0.85 is 0.02, and two large doubles do not overflow."""
    return Decimal(decimal_text(after)) - Decimal(decimal_text(before))


def difference(before: float, after: float) -> float | None:
    """``after`` − ``before``; None where no double holds it."""
    delta = after - before
    return delta if math.isfinite(delta) else None


def relative_change(before: float, after: float) -> float | None:
    """The difference relative to the magnitude of ``before``; None from zero or where no double holds it."""
    delta = difference(before, after)
    if delta is None or before == 0:
        return None
    change = delta / abs(before)
    return change if math.isfinite(change) else None
