"""What a client does to MLflow besides making runs: logged models, versions, aliases, deletions."""

from typing import Any

import urllib3

from tests.support.mlflow_server import MlflowRuns

_http = urllib3.PoolManager(retries=False)


def call(runs: MlflowRuns, method: str, route: str, body: Any = None, **fields: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {"json": body} if body is not None else {"fields": fields}
    url = f"{runs.tracking_uri}/api/2.0/{route}"
    response = _http.request(method, url, timeout=30, **arguments)
    assert response.status == 200, response.data
    return response.json()


def logged_model(
    runs: MlflowRuns, run_id: str, files: dict[str, bytes], *, name: str = "model", ready: bool = True
) -> str:
    """A logged model of a run with its files, as MLflow 3's log_model leaves it; gives its id."""
    body = {"experiment_id": runs.experiment_id, "name": name, "source_run_id": run_id}
    model_id = call(runs, "POST", "mlflow/logged-models", body)["model"]["info"]["model_id"]
    for path, data in files.items():
        runs.put_artifact(f"{runs.experiment_id}/models/{model_id}/artifacts/{path}", data)
    if ready:
        status = {"model_id": model_id, "status": "LOGGED_MODEL_READY"}
        call(runs, "PATCH", f"mlflow/logged-models/{model_id}", status)
    runs.call("runs/outputs", {"run_id": run_id, "models": [{"model_id": model_id, "step": 0}]})
    return model_id


def unfinished_run(runs: MlflowRuns) -> str:
    return runs.call("runs/create", {"experiment_id": runs.experiment_id})["run"]["info"]["run_id"]


def bare_run(runs: MlflowRuns) -> str:
    """A finished run with a metric and no artifacts."""
    run_id = unfinished_run(runs)
    runs.log(run_id, {"accuracy": 0.9})
    runs.call("runs/update", {"run_id": run_id, "status": "FINISHED"})
    return run_id


def create_version(runs: MlflowRuns, name: str, run_id: str, source: str, **fields: str) -> int:
    """A version in MLflow's own registry."""
    body = {"name": name, "source": source, "run_id": run_id, **fields}
    return int(runs.call("model-versions/create", body)["model_version"]["version"])


def versions(runs: MlflowRuns, name: str) -> list[dict[str, Any]]:
    found = call(runs, "GET", "mlflow/model-versions/search", filter=f"name='{name}'")
    return found.get("model_versions", [])


def aliases(runs: MlflowRuns, name: str) -> dict[str, str]:
    model = call(runs, "GET", "mlflow/registered-models/get", name=name)["registered_model"]
    return {alias["alias"]: alias["version"] for alias in model.get("aliases", [])}


def stage_tag(runs: MlflowRuns, name: str, version: int) -> str | None:
    found = call(runs, "GET", "mlflow/model-versions/get", name=name, version=str(version))["model_version"]
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}.get("hokusai.stage")


def delete_artifact(runs: MlflowRuns, path: str) -> None:
    response = _http.request("DELETE", f"{runs.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/{path}", timeout=30)
    assert response.status == 200, response.data
