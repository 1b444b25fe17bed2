"""registry.metrics"""

from decimal import Decimal

import pytest

from registry.metrics import (
    MAX_GAIN_BPS,
    Gain,
    default_primary_metric,
    difference,
    direction_of,
    gain,
    is_proportion,
    relative_change,
    score_bps,
)


@pytest.mark.parametrize(
    ("metric", "before", "after", "bps", "relative"),
    [
        ("accuracy", 0.28, 0.29, "100", False),
        ("accuracy", 0.1, 0.3, "2000", False),
        ("accuracy", 0.29, 0.28, "-100", False),
        ("accuracy", 0.0, 1.0, "10000", False),
        ("accuracy", 0.85, 0.8599999999999999, "100", False),  # the noise of two doubles decides nothing
        ("accuracy", 85.0, 85.85, "100", True),
        ("rmse", 2.0, 1.0, "5000", True),
        ("rmse", 1.0, 2.0, "-10000", True),
        ("r2", -2.0, -1.0, "5000", True),
        ("r2", 0.5, 0.505, "100", True),
        ("rmse", 0.0, 0.0, "0", True),
    ],
)
def test_it_works(metric, before, after, bps, relative):
    found = gain(metric, direction_of(metric), baseline=before, candidate=after)
    assert found == Gain(Decimal(bps), relative)


def test_one_point_is_one_hundred_basis_points_wherever_it_lies():
    for hundredth in range(100):
        before, after = hundredth / 100, (hundredth + 1) / 100
        assert gain("f1", "higher", baseline=before, candidate=after) == Gain(Decimal(100), relative=False)


@pytest.mark.parametrize(
    ("direction", "before", "after"), [(None, 1.0, 2.0), ("lower", 0.0, 1.0), ("higher", 0.0, 2.0)]
)
def test_gains_of_no_size(direction, before, after):
    assert gain("loss", direction, baseline=before, candidate=after) is None


@pytest.mark.parametrize(("before", "after", "sign"), [(5e-324, 1e308, 1), (5e-324, -1e308, -1), (1e-300, 1.0, 1)])
def test_a_gain_has_a_greatest_size(before, after, sign):
    assert gain("r2", "higher", baseline=before, candidate=after) == Gain(sign * MAX_GAIN_BPS, relative=True)


@pytest.mark.parametrize(
    ("metric", "overrides", "direction"),
    [
        ("accuracy", None, "higher"), ("ndcg", {}, "higher"), ("r2", {}, "higher"), ("rmse", {}, "lower"),
        ("log_loss", {}, "lower"), ("silhouette", {}, None), ("Accuracy", {}, None),
        ("silhouette", {"silhouette": "higher"}, "higher"),
        ("accuracy", {"accuracy": "lower"}, "lower"), ("rmse", {"mae": "higher"}, "lower"),
    ],
)  # fmt: skip
def test_directions(metric, overrides, direction):
    assert direction_of(metric, overrides) == direction


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("accuracy", (0, 1), True), ("accuracy", (85.0,), False), ("accuracy", (0.5, 1.0000001), False),
        ("accuracy", (-0.1,), False), ("r2", (0.5,), False), ("rmse", (0.5,), False),
    ],
)  # fmt: skip
def test_proportions(metric, values, expected):
    assert is_proportion(metric, *values) is expected


@pytest.mark.parametrize(
    ("value", "bps"), [(0, 0), (1, 10_000), (0.29, 2900), (0.00005, 0), (0.00015, 2), (1 / 3, 3333)]
)
def test_scores_round_half_to_even(value, bps):
    assert score_bps(value) == bps


@pytest.mark.parametrize(
    ("model_type", "metrics", "expected"),
    [
        ("classification", {"f1_score": 1, "accuracy": 1}, "accuracy"), ("classification", {"auc": 1}, None),
        ("regression", {"r2": 1, "mae": 1}, "mae"), ("ranking", {"ndcg": 1}, "ndcg"), ("other", {"accuracy": 1}, None),
    ],
)  # fmt: skip
def test_default_primary_metrics(model_type, metrics, expected):
    assert default_primary_metric(model_type, metrics) == expected


def test_differences_that_no_double_holds():
    assert difference(1e308, -1e308) is None
    assert difference(0.5, 0.75) == 0.25
    assert relative_change(1e308, -1e308) is None
    assert relative_change(5e-324, 1.0) is None
    assert relative_change(0.0, 1.0) is None
    assert relative_change(-2.0, -1.0) == 0.5


@pytest.mark.parametrize(("before", "after"), [(0.85, 70.0), (85.0, 0.9), (-1e-9, 0.9)])
def test_a_change_of_unit_is_no_gain(before, after):
    assert gain("accuracy", "higher", baseline=before, candidate=after) is None
