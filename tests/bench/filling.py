"""Give MLflow as many model versions as the small registry has, over REST."""

from concurrent.futures import ThreadPoolExecutor

import urllib3

from tests.bench.names import MODELS, SMALL, model_name
from tests.support.mlflow_server import MlflowRuns

_http = urllib3.PoolManager(maxsize=2, retries=False, timeout=60)


def fill_mlflow(tracking_uri: str) -> None:
    runs = MlflowRuns(tracking_uri)
    run_id = runs.finished_run()
    source = f"mlflow-artifacts:/{runs.experiment_id}/{run_id}/artifacts/model"

    def fill_model(number: int) -> None:
        name = model_name(number)
        _post(f"{tracking_uri}/api/2.0/mlflow/registered-models/create", {"name": name})
        for _ in range(SMALL // MODELS):
            body = {"name": name, "source": source, "run_id": run_id}
            _post(f"{tracking_uri}/api/2.0/mlflow/model-versions/create", body)

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(fill_model, range(1, MODELS + 1)))


def _post(url: str, body: dict[str, str]) -> None:
    response = _http.request("POST", url, json=body)
    if response.status != 200:
        raise RuntimeError(f"{url} answered {response.status}: {response.data[:300]!r}")
