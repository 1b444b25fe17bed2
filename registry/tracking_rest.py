"""The few MLflow REST calls that the registry makes itself, with short timeouts.

Used by the web process, which must not import ``mlflow`` (2.4 s and 160 MB), and by the workers for
what ``MlflowClient`` cannot do: a run's metrics with their timestamps in one answer, and artifacts as
a stream instead of files on disk.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import urllib3
from django.conf import settings

from registry.artifacts import CHUNK_BYTES
from registry.runs import LoggedModel, Run

_TIMEOUT = urllib3.Timeout(connect=2, read=5)
_STREAM_TIMEOUT = urllib3.Timeout(connect=2, read=60)

MAX_LOGGED_MODELS = 50
# Metrics, params and tags of one run: whoever logs megabytes of them must not fill the web's memory.
_MAX_ANSWER_BYTES = 16 * 1024 * 1024
_pool = urllib3.PoolManager(maxsize=8, retries=False)


class TrackingUnavailable(Exception):
    """MLflow did not answer, or answered that it could not."""


class TrackingRefused(Exception):
    """MLflow answered with an error that asking again will not change."""

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(f"{error_code}: {message}")
        self.error_code = error_code

    @property
    def not_found(self) -> bool:
        return self.error_code in ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_NOT_FOUND")


class TooManyModels(Exception):
    """A run logged more models than are looked through for a name: each is a call."""


def ping() -> None:
    """Raise TrackingUnavailable unless MLflow answers."""
    _get("mlflow/experiments/get", experiment_id="0")


def get_run(run_id: str) -> Run:
    """Raises TrackingRefused (``not_found``) or TrackingUnavailable."""
    return Run.from_rest(_get("mlflow/runs/get", run_id=run_id)["run"])


def get_logged_model(model_id: str) -> LoggedModel:
    """Raises TrackingRefused (``not_found``) or TrackingUnavailable."""
    return LoggedModel.from_rest(_get(f"mlflow/logged-models/{quote(model_id, safe='')}")["model"])


def logged_model_named(run: Run, name: str) -> LoggedModel | None:
    """The newest model that a run logged under a name, which is what ``runs:/<run>/<name>`` means.

    Raises TooManyModels, TrackingRefused (``not_found``) or TrackingUnavailable.
    """
    if len(run.logged_model_ids) > MAX_LOGGED_MODELS:
        raise TooManyModels(
            f"The run logged {len(run.logged_model_ids)} models, and more than {MAX_LOGGED_MODELS} are not searched; "
            "give the models:/m-… of the one you mean."
        )
    logged = (get_logged_model(model_id) for model_id in run.logged_model_ids)
    # Anybody may list any model among a run's outputs: what counts is the run that the model names.
    named = (model for model in logged if model.name == name and model.source_run_id == run.run_id)
    return max(named, key=lambda model: model.created_ms, default=None)


def model_versions(name: str, run_id: str) -> list[dict[str, Any]]:
    """The versions under a name that MLflow's registry made from a run, oldest first."""
    answer = _get("mlflow/model-versions/search", filter=f"name='{name}' and run_id='{run_id}'")
    return sorted(answer.get("model_versions", []), key=lambda version: int(version["version"]))


def create_model_version(name: str, run_id: str, source: str, logged_model_id: str | None) -> int:
    """Make a version in MLflow's registry, and the registered model around it where it is new."""
    try:
        _post("mlflow/registered-models/create", {"name": name})
    except TrackingRefused as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    body = {"name": name, "source": source, "run_id": run_id}
    if logged_model_id:
        body["model_id"] = logged_model_id
    return int(_post("mlflow/model-versions/create", body)["model_version"]["version"])


def list_artifacts(path: str) -> list[dict[str, Any]]:
    """The entries ``{path, is_dir, file_size}`` directly in a folder of the artifact store."""
    return list(_get("mlflow-artifacts/artifacts", path=path).get("files", []))


def stream_artifact(path: str) -> Iterator[bytes]:
    """A file of the artifact store, a chunk at a time.

    Raises TrackingRefused (``not_found``) or TrackingUnavailable, also in mid-stream.
    """
    url = _url(f"mlflow-artifacts/artifacts/{quote(path)}")
    try:
        response = _pool.request("GET", url, timeout=_STREAM_TIMEOUT, preload_content=False, redirect=False)
        try:
            _check(response.status, b"" if response.status == 200 else response.read(65_536))
            yield from response.stream(CHUNK_BYTES)
        finally:
            # A connection read to its end is back in the pool already. One that was left in the middle
            # must not go back: the rest of the file would be taken for the next answer.
            response.close()
    except urllib3.exceptions.HTTPError as error:
        raise TrackingUnavailable(str(error)) from error


def _get(route: str, /, **fields: str) -> dict[str, Any]:
    return _request("GET", route, fields=fields)


def _post(route: str, body: dict[str, Any]) -> dict[str, Any]:
    return _request("POST", route, json=body)


def _request(method: str, route: str, **arguments: Any) -> dict[str, Any]:
    try:
        response = _pool.request(
            method, _url(route), timeout=_TIMEOUT, redirect=False, preload_content=False, **arguments
        )
        data = response.read(_MAX_ANSWER_BYTES + 1)
        if len(data) > _MAX_ANSWER_BYTES:
            # Its rest is not read, so the connection cannot be used again.
            response.close()
            raise TrackingRefused("ANSWER_TOO_LARGE", f"MLflow's answer has more than {_MAX_ANSWER_BYTES} bytes.")
        response.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise TrackingUnavailable(str(error)) from error
    _check(response.status, data)
    try:
        return dict(json.loads(data))
    except ValueError as error:
        raise TrackingUnavailable("MLflow's answer is no JSON.") from error


def _url(route: str) -> str:
    return f"{settings.MLFLOW_TRACKING_URI}/api/2.0/{route}"


def _check(status: int, body: bytes) -> None:
    if status == 200:
        return
    try:
        error = json.loads(body)
        code, message = str(error["error_code"]), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError):
        code, message = "", body[:200].decode("utf-8", "replace")
    # 401, 403 and 429 are MLflow's word to the registry, not to the registry's caller.
    if not code or status >= 500 or status in (401, 403, 429):
        raise TrackingUnavailable(f"MLflow answered {status} {code} {message[:200]}")
    raise TrackingRefused(code, message)
