"""The client: keep-alive connections in threads, each request timed on its own.

The client shares the machine with what it measures, and its own cost is in every figure: ratios are
therefore smaller than those of the servers alone.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import urllib3

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A GET that is measured: ``requests`` a round for one client, as many again for several.

    ``headers`` makes a request's own headers; it is called before the clock runs.
    """

    name: str
    url: str
    requests: int = 200
    headers: Callable[[], Headers] = dict


@dataclass(slots=True)
class Series:
    """Latencies in ms of one target under one number of clients, and requests/s of each round."""

    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)

    def add(self, latencies: list[float], seconds: float) -> None:
        self.latencies += latencies
        self.rates.append(len(latencies) / seconds)
        self.medians.append(statistics.median(latencies))

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.latencies, n=100)[98]

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def as_json(self) -> dict[str, float]:
        return {"p50_ms": round(self.p50, 3), "p99_ms": round(self.p99, 3), "per_second": round(self.rate, 1)}


def rate_ratio(one: Series, other: Series) -> float:
    """The median over the rounds of how many times the throughput of ``other`` is that of ``one``."""
    return statistics.median(a / b for a, b in zip(one.rates, other.rates, strict=True))


def latency_ratio(one: Series, other: Series) -> float:
    return statistics.median(a / b for a, b in zip(one.medians, other.medians, strict=True))


def latency_difference(one: Series, other: Series) -> float:
    return statistics.median(a - b for a, b in zip(one.medians, other.medians, strict=True))


def measure(targets: list[Target], *, rounds: int, clients: int) -> dict[str, Series]:
    """Take the targets in turn, round after round, so that noise on the machine hits all alike."""
    found = {target.name: Series() for target in targets}
    for turn in range(rounds):
        # Every other round runs backwards: no target always follows the same one.
        for target in targets if turn % 2 == 0 else reversed(targets):
            found[target.name].add(*run(target, clients))
    return found


def run(target: Target, clients: int) -> tuple[list[float], float]:
    """Latencies in ms, and the seconds that all took together."""
    pool = urllib3.PoolManager(maxsize=clients, retries=False, timeout=60)
    given = [target.headers() for _ in range(target.requests + clients)]
    for headers in given[:clients]:
        get(pool, target.url, headers)
    waiting = iter(given[clients:])
    lock, latencies, faults = threading.Lock(), [], []

    def work() -> None:
        try:
            for headers in take(waiting, lock):
                started = time.perf_counter()
                get(pool, target.url, headers)
                latencies.append((time.perf_counter() - started) * 1000)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    pool.clear()
    if faults:
        raise faults[0]
    return latencies, seconds


def take(waiting: Iterator[Headers], lock: threading.Lock) -> Iterator[Headers]:
    while True:
        with lock:
            headers = next(waiting, None)
        if headers is None:
            return
        yield headers


def get(pool: urllib3.PoolManager, url: str, headers: Headers) -> bytes:
    response = pool.request("GET", url, headers=headers)
    if response.status != 200:
        raise RuntimeError(f"{url} answered {response.status}: {response.data[:300]!r}")
    return response.data
