"""What a version's gain counts for. Pure.

A version counts when it is verified, with its primary metric's gain over the best value that any
earlier version of its model ever verified; never less than zero. So a drop, a recovery from a drop,
and the same gain twice earn nothing. The same run, or the same artifacts, earn once in the registry.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from registry.metrics import Direction, gain, is_proportion

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class VerifiedVersion:
    """One ever verified version, as far as its gain depends on it.

    ``version`` and ``model`` are primary keys; ``standing`` is its place in the order in which the
    versions of its model are measured; ``verified_at`` is when it was verified first, and ``attested_at``
    when a gain of it was attested first.
    """

    version: int
    model: int
    standing: int
    verified_at: datetime
    attested_at: datetime | None
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


def counted_gains(versions: Iterable[VerifiedVersion]) -> dict[int, CountedGain]:
    """The counted gain of each version.

    ``versions`` must hold all ever verified versions of every model that occurs in it, and all
    earlier versions that share a run or an artifact digest with one of interest.
    """
    by_model: dict[int, list[VerifiedVersion]] = defaultdict(list)
    for version in sorted(versions, key=lambda v: v.standing):
        by_model[version.model].append(version)
    return _once_each(pair for rows in by_model.values() for pair in _within_model(rows))


def weighted(bps: Decimal, weight_bps: int) -> Decimal:
    """A contributor's share of a gain, in basis points."""
    return bps * weight_bps / 10_000


def _within_model(rows: list[VerifiedVersion]) -> Iterator[tuple[VerifiedVersion, CountedGain]]:
    """The gain of each over the best before. What is on another scale than the first (0.95 and then 70.0)
    is no gain and no bar: else a change of unit would make a drop into one."""
    best: float | None = None
    proportion = bool(rows) and is_proportion(rows[0].metric, rows[0].value)
    for row in rows:
        bps = ZERO
        if is_proportion(row.metric, row.value) != proportion:
            yield row, CountedGain(ZERO, best)
            continue
        if best is not None:
            gained = gain(row.metric, row.direction, baseline=best, candidate=row.value)
            bps = max(ZERO, gained.bps) if gained else ZERO
        yield row, CountedGain(bps, best)
        if best is None or (row.value < best if row.direction == "lower" else row.value > best):
            best = row.value


def _earning_order(pair: tuple[VerifiedVersion, CountedGain]) -> tuple[bool, datetime, int]:
    version = pair[0]
    return version.attested_at is None, version.attested_at or version.verified_at, version.version


def _once_each(raw: Iterable[tuple[VerifiedVersion, CountedGain]]) -> dict[int, CountedGain]:
    """Of copies the one earns whose gain was attested first, and before any was, the one verified first:
    copies are known by their artifacts, and those only once they are verified."""
    earned_by: set[str] = set()
    result: dict[int, CountedGain] = {}
    for version, counted in sorted(raw, key=_earning_order):
        keys = {version.run_id, version.artifact_digest}
        repeated = counted.bps > 0 and bool(keys & earned_by)
        if counted.bps > 0:
            # Used up even where it counts for nothing, so that what a version earns does not depend
            # on how far the chain of copies behind it was looked up.
            earned_by |= keys
        # What was withdrawn or tampered with has used its run up, but counts for nobody.
        earns = version.counts and not repeated
        result[version.version] = counted if earns else CountedGain(ZERO, counted.best_before)
    return result
