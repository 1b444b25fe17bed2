"""registry.impact: what a gain counts for"""

from decimal import Decimal

import pytest

from registry.impact import VerifiedVersion, counted_gains, weighted


def line(*values, model=1, first=1, metric="accuracy", direction="higher", **fields):
    return [
        VerifiedVersion(
            **{
                "version": first + position, "model": model, "standing": position, "verified_at": first + position,
                "attested_at": None,
                "metric": metric, "direction": direction, "value": value,
                "run_id": f"run{model}-{position}", "artifact_digest": f"digest{model}-{position}", "counts": True,
                **{name: given[position] for name, given in fields.items()},
            }
        )
        for position, value in enumerate(values)
    ]  # fmt: skip


def bps(standings):
    return [int(counted.bps) for _, counted in sorted(counted_gains(standings).items())]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), []),
        ((0.8,), [0]),
        ((0.28, 0.29), [0, 100]),
        ((0.8, 0.85, 0.9), [0, 500, 500]),
        ((0.8, 0.7), [0, 0]),
        ((0.8, 0.7, 0.8), [0, 0, 0]),
        ((0.8, 0.7, 0.85), [0, 0, 500]),
        ((0.8, 0.9, 0.8, 0.9), [0, 1000, 0, 0]),
    ],
    ids=["none", "first", "gain", "two gains", "drop", "recovery", "beyond recovery", "same gain twice"],
)
def test_it_works(values, expected):
    assert bps(line(*values)) == expected


def test_lower_is_better_where_it_is():
    assert bps(line(2.0, 1.0, 1.5, 0.5, metric="rmse", direction="lower")) == [0, 5000, 0, 5000]


def test_a_change_of_unit_is_no_gain_and_no_bar():
    """0.95, then 70 % and 84 %: a drop, however it is written."""
    assert bps(line(0.95, 70.0, 84.0)) == [0, 0, 0]
    assert bps(line(0.8, 95.0, 0.9)) == [0, 0, 1000]
    assert bps(line(70.0, 84.0, 0.9)) == [0, 2000, 0]


def test_without_a_direction_nothing_counts():
    assert bps(line(1, 2, metric="x", direction=None)) == [0, 0]


def test_a_change_from_zero_has_no_size():
    assert bps(line(0.0, 5.0, metric="r2")) == [0, 0]


def test_what_no_longer_counts_still_sets_the_bar():
    standings = line(0.8, 0.9, 0.85, 0.95, counts=[True, False, True, True])
    assert bps(standings) == [0, 0, 0, 500]
    assert counted_gains(standings)[4].best_before == 0.9


@pytest.mark.parametrize("shared", ["run_id", "artifact_digest"])
def test_the_same_evidence_earns_once_in_the_registry(shared):
    first = line(0.8, 0.9, model=1, first=1)
    second = line(0.5, 0.9, model=2, first=3, **{shared: ["own", getattr(first[1], shared)]})
    assert bps(first + second) == [0, 1000, 0, 0]
    # Whichever order they are given in: the first verification decides.
    assert bps(second + first) == [0, 1000, 0, 0]


def test_a_copy_verified_first_is_the_one_that_earns():
    first = line(0.8, 0.9, model=1, first=1, verified_at=[1, 9])
    second = line(0.5, 0.9, model=2, first=3, run_id=["own", "run1-1"])
    assert bps(first + second) == [0, 0, 0, 4000]


def test_a_copy_whose_gain_was_attested_is_the_one_that_earns():
    """Whatever was verified before it: what was attested cannot be taken back."""
    first = line(0.8, 0.9, model=1, first=1)
    second = line(0.5, 0.9, model=2, first=3, run_id=["own", "run1-1"], attested_at=[None, 5])
    assert bps(first + second) == [0, 0, 0, 4000]


def test_standing_decides_within_a_model():
    """What was registered second, and stands last since its claim was corrected, is measured last."""
    assert bps(line(0.8, 0.9, 0.9, standing=[0, 2, 1])) == [0, 0, 1000]


def test_a_copy_of_what_earned_nothing_may_earn():
    first = line(0.9, model=1, first=1)
    assert bps(first + line(0.5, 0.9, model=2, first=2, run_id=["own", "run1-0"])) == [0, 0, 4000]


def test_withdrawing_does_not_let_a_copy_earn():
    first = line(0.8, 0.9, model=1, first=1, counts=[True, False])
    assert bps(first + line(0.5, 0.9, model=2, first=3, run_id=["own", "run1-1"])) == [0, 0, 0, 0]


def test_a_gain_does_not_depend_on_how_far_copies_were_looked_up():
    """D and C share a digest, C and W a run: W earns the same whether D was loaded or not."""
    d = line(0.5, 0.9, model=1, first=1, artifact_digest=["a", "shared"])
    c = line(0.5, 0.9, model=2, first=3, artifact_digest=["b", "shared"], run_id=["c", "copied"])
    w = line(0.5, 0.9, model=3, first=5, run_id=["d", "copied"])
    assert counted_gains(d + c + w)[6] == counted_gains(c + w)[6]


def test_weights():
    assert weighted(Decimal(100), 10_000) == 100
    assert weighted(Decimal(100), 3333) == Decimal("33.33")
    assert weighted(Decimal(100), 0) == 0
