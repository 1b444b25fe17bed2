"""registry.comparison"""

import pytest

from registry.comparison import compare


def compared(before, after, primary="accuracy", **directions):
    return compare(before, after, primary_metric=primary, directions=directions)


def test_it_works():
    result = compared({"accuracy": 0.8, "rmse": 2.0, "old": 1}, {"accuracy": 0.85, "rmse": 1.5, "new": 1})
    assert result.performance_delta == {"accuracy": pytest.approx(0.05), "rmse": -0.5}
    assert set(result.metrics) == {"accuracy", "rmse"}
    row = result.metrics["rmse"]
    assert (row["baseline"], row["candidate"], row["relative_change"]) == (2.0, 1.5, -0.25)
    assert (row["direction"], row["improved"]) == ("lower", True)
    assert result.deltaone["gain_bps"] == 500
    assert result.deltaone["achieved"] is True


@pytest.mark.parametrize(
    ("metric", "before", "after", "achieved", "relative"),
    [
        ("accuracy", 0.28, 0.29, True, False),
        ("accuracy", 0.28, 0.2899999, False, False),
        ("accuracy", 0.29, 0.28, False, False),
        ("accuracy", 85.0, 85.85, True, True),
        ("accuracy", 85.0, 85.84, False, True),
        ("rmse", 1.0, 0.99, True, True),
        ("rmse", 1.0, 0.9901, False, True),
        ("rmse", 1.0, 1.01, False, True),
    ],
)
def test_a_delta_one(metric, before, after, achieved, relative):
    found = compared({metric: before}, {metric: after}, metric).deltaone
    assert (found["achieved"], found["relative"], found["threshold_bps"]) == (achieved, relative, 100)


@pytest.mark.parametrize(
    ("before", "after", "metric", "reason"),
    [
        ({"accuracy": 0.8}, {"f1": 0.9}, "f1", "need the primary metric"),
        ({"x": 1}, {"x": 2}, "x", "higher or lower"),
        ({"rmse": 0}, {"rmse": 1}, "rmse", "zero"),
    ],
)
def test_no_delta_one_has_its_reason(before, after, metric, reason):
    found = compared(before, after, metric).deltaone
    assert (found["achieved"], found["gain_bps"]) == (False, None)
    assert reason in found["reason"]


def test_overrides_turn_a_direction_round():
    row = compared({"x": 1, "accuracy": 0.5}, {"x": 2, "accuracy": 0.6}, x="lower", accuracy="lower").metrics
    assert (row["x"]["improved"], row["accuracy"]["improved"]) == (False, False)


def test_unknown_directions_improve_nothing():
    row = compared({"x": 1}, {"x": 2}).metrics["x"]
    assert (row["direction"], row["improved"], row["relative_change"]) == (None, None, 1.0)


def test_zero_and_extremes():
    assert compared({"accuracy": 0}, {"accuracy": 0.5}).metrics["accuracy"]["relative_change"] is None
    row = compared({"r2": -1.7e308}, {"r2": 1.7e308}).metrics["r2"]
    assert (row["delta"], row["relative_change"], row["improved"]) == (None, None, True)
