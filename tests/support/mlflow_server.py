"""A real MLflow server, and runs made in it over REST: quicker than importing its client."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

_http = urllib3.PoolManager(retries=False)

START_SECONDS = 120


def start_mlflow(tracking_uri: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Start `mlflow server` at a tracking URI and wait until it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    url = urlsplit(tracking_uri)
    with (folder / "mlflow.log").open("ab") as log:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("mlflow"), "server", "--host", "127.0.0.1", "--port", str(url.port),
                "--static-prefix", url.path, "--workers", "1",
                "--backend-store-uri", f"sqlite:///{folder / 'mlflow.sqlite3'}",
                "--serve-artifacts", "--artifacts-destination", str(folder / "artifacts"),
            ],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if _http.request("GET", f"{tracking_uri}/health", timeout=2).status == 200:
                return process
        except urllib3.exceptions.HTTPError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"MLflow did not start: {(folder / 'mlflow.log').read_text()[-2000:]}")


class MlflowRuns:
    """Makes runs in a real MLflow server, as a client would."""

    def __init__(self, tracking_uri: str) -> None:
        self.tracking_uri = tracking_uri
        self.experiment_id = self.create_experiment(f"tests-{time.time_ns()}")

    def call(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        response = _http.request("POST", f"{self.tracking_uri}/api/2.0/mlflow/{route}", json=body, timeout=30)
        assert response.status == 200, response.data
        return response.json()

    def create_experiment(self, name: str, artifact_location: str | None = None) -> str:
        body = {"name": name, **({"artifact_location": artifact_location} if artifact_location else {})}
        return self.call("experiments/create", body)["experiment_id"]

    def put_artifact(self, path: str, data: bytes) -> None:
        url = f"{self.tracking_uri}/api/2.0/mlflow-artifacts/artifacts/{path}"
        response = _http.request("PUT", url, body=data, timeout=30)
        assert response.status == 200, response.data

    def finished_run(
        self,
        metrics: dict[str, float] | None = None,
        *,
        params: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
        files: dict[str, bytes] | None = None,
        status: str = "FINISHED",
        experiment_id: str | None = None,
    ) -> str:
        """A run with its metrics and, under ``model/``, its files; gives the run id."""
        experiment = experiment_id or self.experiment_id
        now = time.time_ns() // 1_000_000
        run_id = self.call("runs/create", {"experiment_id": experiment, "start_time": now})["run"]["info"]["run_id"]
        self.log(run_id, metrics or {"accuracy": 0.9}, params=params or {"max_depth": "10"}, tags=tags)
        for name, data in (files or {"MLmodel": run_id.encode(), "data/weights.bin": b"\x00\x01"}).items():
            if experiment == self.experiment_id:
                self.put_artifact(f"{experiment}/{run_id}/artifacts/model/{name}", data)
        if status != "RUNNING":
            self.call("runs/update", {"run_id": run_id, "status": status, "end_time": now + 1000})
        return run_id

    def log(
        self,
        run_id: str,
        metrics: dict[str, float],
        params: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        now = time.time_ns() // 1_000_000
        body = {
            "run_id": run_id,
            "metrics": [{"key": k, "value": v, "timestamp": now, "step": 0} for k, v in metrics.items()],
            "params": [{"key": k, "value": v} for k, v in (params or {}).items()],
            "tags": [{"key": k, "value": v} for k, v in (tags or {}).items()],
        }
        self.call("runs/log-batch", body)

    def body(self, run_id: str, **fields: Any) -> dict[str, Any]:
        """A registration of a run, in the integration guide's form."""
        return {
            "model_name": "digits",
            "model_type": "classification",
            "mlflow_run_id": run_id,
            "model_uri": f"runs:/{run_id}/model",
            "metrics": {"accuracy": 0.9},
            "metadata": {"framework": "scikit-learn"},
            "contributor_address": None,
            "baseline_model_id": None,
            **fields,
        }
