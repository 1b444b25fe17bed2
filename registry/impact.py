"""What a version's gain counts for. Pure.

A version counts when it is verified, with its primary metric's gain over the best value that any
earlier version of its model ever verified; never less than zero. So a drop, a recovery from a drop,
and the same gain twice earn nothing. The same run, or the same artifacts, earn once in the registry.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from registry.metrics import Direction, gain

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """One ever verified version, as far as its gain depends on it. ``order`` is the registration order."""

    order: int
    model: int
    metric: str
    direction: Direction | None
    value: float
    run_id: str
    artifact_digest: str
    counts: bool


@dataclass(frozen=True, slots=True)
class CountedGain:
    """A version's gain in basis points (before weights), and the value it was measured from."""

    bps: Decimal
    best_before: float | None


def counted_gains(standings: Iterable[Standing]) -> dict[int, CountedGain]:
    """The counted gain of each version, by its ``order``.

    ``standings`` must hold all ever verified versions of every model that occurs in it, and all
    earlier versions that share a run or an artifact digest with one of interest.
    """
    by_model: dict[int, list[Standing]] = defaultdict(list)
    for standing in sorted(standings, key=lambda s: s.order):
        by_model[standing.model].append(standing)
    raw = {s.order: (s, counted) for rows in by_model.values() for s, counted in _within_model(rows)}
    return _once_each(raw)


def weighted(bps: Decimal, weight_bps: int) -> Decimal:
    """A contributor's share of a gain, in basis points."""
    return bps * weight_bps / 10_000


def _within_model(rows: list[Standing]) -> Iterable[tuple[Standing, CountedGain]]:
    best: float | None = None
    for row in rows:
        bps = ZERO
        if best is not None:
            gained = gain(row.metric, row.direction, baseline=best, candidate=row.value)
            bps = max(ZERO, gained.bps) if gained else ZERO
        yield row, CountedGain(bps, best)
        if best is None or (row.value < best if row.direction == "lower" else row.value > best):
            best = row.value


def _once_each(raw: dict[int, tuple[Standing, CountedGain]]) -> dict[int, CountedGain]:
    earned_by: set[str] = set()
    result: dict[int, CountedGain] = {}
    for order in sorted(raw):
        standing, counted = raw[order]
        keys = {standing.run_id, standing.artifact_digest}
        if counted.bps > 0:
            repeated = bool(keys & earned_by)
            # Used up even where it counts for nothing, so that what a version earns does not depend
            # on how far the chain of copies behind it was looked up.
            earned_by |= keys
            counted = CountedGain(ZERO, counted.best_before) if repeated else counted
        # What was withdrawn or tampered with has used its run up, but counts for nobody.
        result[order] = counted if standing.counts else CountedGain(ZERO, counted.best_before)
    return result
