"""From a registration to `verified`, with a real worker and a real MLflow."""

import json
import time

import urllib3

from tests.bench.load import Series
from tests.support.mlflow_server import MlflowRuns

_RUNS = 12
_WAIT_SECONDS = 60
_POLL_SECONDS = 0.01


def measure_registrations(*, registry: str, mlflow: str, key: str) -> dict[str, Series]:
    """Time to the 201, and from sending the request until `verified` is read, in ms."""
    http = urllib3.PoolManager(headers={"Authorization": f"Bearer {key}"}, retries=False, timeout=30)
    runs = MlflowRuns(mlflow)
    answered, verified = Series(), Series()
    # The first warms the worker and both connections.
    for run_id in [runs.finished_run() for _ in range(_RUNS + 1)]:
        body = runs.body(run_id, model_name="bench-registered")
        started = time.perf_counter()
        response = http.request("POST", f"{registry}/api/models/register", json=body)
        seconds = time.perf_counter() - started
        if response.status != 201:
            raise RuntimeError(f"The registration was answered {response.status}: {response.data!r}")
        answered.add([seconds * 1000], seconds)
        seconds = _wait(http, registry + response.json()["links"]["self"], started)
        verified.add([seconds * 1000], seconds)
    for series in (answered, verified):
        del series.latencies[0], series.rates[0], series.medians[0]
    return {"register → 201": answered, "register → verified": verified}


def _wait(http: urllib3.PoolManager, url: str, started: float) -> float:
    deadline = time.monotonic() + _WAIT_SECONDS
    state = "nothing"
    while time.monotonic() < deadline:
        state = json.loads(http.request("GET", url).data).get("verification")
        if state == "verified":
            return time.perf_counter() - started
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"{url} is {state!r} after {_WAIT_SECONDS} s, not verified.")
