"""One version read over HTTP: by key, by signature and by nobody, beside a bare view and MLflow."""

from tests.bench.load import Series, Target, latency_difference, measure, rate_ratio
from tests.bench.names import model_name
from tests.bench.report import Goal
from tests.support.wallets import ALICE

CLIENTS = 8
_ROUNDS = 7
# MLflow is an order of magnitude slower: fewer requests give its median as well.
_MLFLOW_REQUESTS = 40


def measure_reads(*, registry: str, bare: str, mlflow: str, key: str) -> dict[int, dict[str, Series]]:
    """The series of each target, by number of clients."""
    version = f"{registry}/api/models/{model_name(7)}/10"
    mlflow_version = f"{mlflow}/api/2.0/mlflow/model-versions/get?name={model_name(7)}&version=10"
    targets = [
        Target("bare DRF view", f"{bare}/bare"),
        Target("version, API key", version, headers=lambda: {"Authorization": f"Bearer {key}"}),
        Target("version, signature", version, headers=ALICE.headers),
        Target("version, anonymous", version),
        Target("MLflow model-versions/get", mlflow_version, requests=_MLFLOW_REQUESTS),
    ]
    return {clients: measure(targets, rounds=_ROUNDS, clients=clients) for clients in (1, CLIENTS)}


def read_goals(found: dict[int, dict[str, Series]]) -> list[Goal]:
    goals = []
    for clients, series in found.items():
        key, bare, mlflow = (
            series[name] for name in ("version, API key", "bare DRF view", "MLflow model-versions/get")
        )
        where = f"{clients} client{'s' if clients > 1 else ''}"
        goals.append(Goal(f"requests/s by key ÷ MLflow's, {where}", rate_ratio(key, mlflow), at_least=8))
        goals.append(Goal(f"requests/s by key ÷ the bare view's, {where}", rate_ratio(key, bare), at_least=0.5))
    one = found[1]
    extra = latency_difference(one["version, signature"], one["version, anonymous"])
    goals.append(Goal("ms that a signature adds to the median, 1 client", extra, at_most=1))
    return goals
