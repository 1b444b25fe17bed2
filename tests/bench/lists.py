"""The same page of a list, out of few versions and out of many."""

from tests.bench.load import Series, Target, latency_ratio, measure
from tests.bench.names import LARGE, SMALL, model_name
from tests.bench.report import Goal

_PAGES = {"versions of a model": f"/api/models/{model_name(7)}/versions?page_size=20", "models": "/api/models"}
_ROUNDS = 9
_REQUESTS = 40


def measure_lists(*, small: str, large: str) -> dict[str, Series]:
    targets = [
        Target(_name(page, size), url + path, requests=_REQUESTS)
        for page, path in _PAGES.items()
        for size, url in ((SMALL, small), (LARGE, large))
    ]
    return measure(targets, rounds=_ROUNDS, clients=1)


def list_goals(found: dict[str, Series]) -> list[Goal]:
    return [
        Goal(
            f"list of {page}: median at {LARGE:,} ÷ at {SMALL:,}",
            latency_ratio(found[_name(page, LARGE)], found[_name(page, SMALL)]),
            at_most=1.3,
        )
        for page in _PAGES
    ]


def _name(page: str, size: int) -> str:
    return f"list of {page}, {size:,}"
