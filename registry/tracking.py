"""The workers' way to MLflow. Nothing else imports ``mlflow``, and the web never imports this."""

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

# The client's own retries would hold a worker for minutes: a pull that fails is swept up later.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")

import mlflow.exceptions
from django.conf import settings
from mlflow import MlflowClient

from registry import tracking_rest
from registry.artifacts import RefusedArtifact, artifact_digest, hash_chunks
from registry.evidence import ModelFiles
from registry.runs import LoggedModel, OutsideStore, Run, is_plain_segment, store_path
from registry.tracking_rest import TooManyModels, TrackingRefused, TrackingUnavailable

_T = TypeVar("_T")

_MAX_DEPTH = 32


class EvidenceMissing(Exception):
    """The run or its artifacts are gone, or the model is not that run's."""


def client() -> MlflowClient:
    return MlflowClient(tracking_uri=settings.MLFLOW_TRACKING_URI, registry_uri=settings.MLFLOW_TRACKING_URI)


def read_run(run_id: str) -> Run:
    """Raises EvidenceMissing (no such run, or deleted) or TrackingUnavailable."""
    try:
        run = tracking_rest.get_run(run_id)
    except TrackingRefused as error:
        gone = error.not_found
        raise EvidenceMissing(f"The run {run_id} is gone from MLflow." if gone else str(error)) from error
    if run.deleted:
        raise EvidenceMissing(f"The run {run_id} was deleted in MLflow.")
    return run


def read_files(run: Run, model_uri: str, heartbeat: Callable[[], None] = lambda: None) -> ModelFiles:
    """Hash every file of a model as MLflow serves it, streamed; ``heartbeat`` is called all the while.

    ``models:/m-…`` means the files of that logged model. ``runs:/<run>/<path>`` means, as for
    MLflow's own client, the run's artifacts at that path, overlaid by the files of the logged model
    of that name: so both ways of naming one model give one digest.

    Raises EvidenceMissing or TrackingUnavailable.
    """
    try:
        model, roots = _locate(run, model_uri)
        hashes: dict[str, str] = {}
        total = 0
        for root in roots:
            total = _hash_folder(root, hashes, total, heartbeat)
        return ModelFiles(
            digest=artifact_digest(hashes),
            hashes=hashes,
            total_bytes=total,
            logged_model_id=model.model_id if model else None,
        )
    except (OutsideStore, RefusedArtifact, TooManyModels) as error:
        raise EvidenceMissing(f"{error} (model_uri {model_uri})") from error
    except TrackingRefused as error:
        raise EvidenceMissing(f"MLflow has not all of the model's files: {error}") from error


def set_stage(name: str, version: int, stage: str) -> None:
    """Show a version's stage in MLflow as the tag ``hokusai.stage``."""
    _call(lambda: client().set_model_version_tag(name, str(version), "hokusai.stage", stage))


def set_alias(name: str, alias: str, version: int | None) -> None:
    """Point an alias at a version, or take it away where ``version`` is None."""
    if version is None:
        _call(lambda: client().delete_registered_model_alias(name, alias))
    else:
        _call(lambda: client().set_registered_model_alias(name, alias, str(version)))


def _locate(run: Run, model_uri: str) -> tuple[LoggedModel | None, list[str]]:
    if model_uri.startswith("models:/"):
        model = tracking_rest.get_logged_model(model_uri.removeprefix("models:/"))
        if model.source_run_id != run.run_id:
            raise EvidenceMissing(f"{model_uri} was not logged by the run {run.run_id}.")
        return model, [_ready(model)]
    path = model_uri.removeprefix(f"runs:/{run.run_id}/")
    name, _, rest = path.partition("/")
    newest = tracking_rest.logged_model_named(run, name)
    roots = [store_path(f"{run.artifact_uri}/{path}")]
    if newest is None:
        return None, roots
    root = _ready(newest)
    return newest, [*roots, store_path(f"mlflow-artifacts:/{root}/{rest}") if rest else root]


def _ready(model: LoggedModel) -> str:
    if not model.ready:
        raise EvidenceMissing(f"{model.uri} is not READY in MLflow.")
    return store_path(model.artifact_uri)


def _hash_folder(root: str, hashes: dict[str, str], total: int, heartbeat: Callable[[], None]) -> int:
    """Add the hashes of all files below ``root``; gives ``total`` and their bytes. Depth, size, and the
    number of files and folders are capped: each is a call."""
    waiting, folders = [""], 0
    while waiting:
        folder = waiting.pop()
        folders += 1
        if folders > settings.HOKUSAI_MAX_ARTIFACT_FILES:
            raise RefusedArtifact(f"The model has more than {settings.HOKUSAI_MAX_ARTIFACT_FILES} folders.")
        if folder.count("/") >= _MAX_DEPTH:
            raise RefusedArtifact(f"Folders are nested more than {_MAX_DEPTH} deep.")
        for entry in tracking_rest.list_artifacts(f"{root}/{folder}".rstrip("/")):
            name = entry["path"].rsplit("/", 1)[-1]
            if not is_plain_segment(name):
                raise RefusedArtifact(f"{name[:100]!r} is no file name the registry follows.")
            heartbeat()
            path = f"{folder}/{name}".lstrip("/")
            if entry.get("is_dir"):
                waiting.append(path)
                continue
            if len(hashes) >= settings.HOKUSAI_MAX_ARTIFACT_FILES:
                raise RefusedArtifact(f"The model has more than {settings.HOKUSAI_MAX_ARTIFACT_FILES} files.")
            hashes[path], size = hash_chunks(_capped(f"{root}/{path}", total, heartbeat))
            total += size
    return total


def _capped(path: str, already: int, heartbeat: Callable[[], None]) -> Iterator[bytes]:
    for chunk in tracking_rest.stream_artifact(path):
        heartbeat()
        already += len(chunk)
        if already > settings.HOKUSAI_MAX_ARTIFACT_BYTES:
            raise RefusedArtifact(f"The model has more than {settings.HOKUSAI_MAX_ARTIFACT_BYTES} bytes.")
        yield chunk


def _call(request: Callable[[], _T]) -> _T | None:
    """Run a client call; a thing that is not there is None, MLflow in trouble is TrackingUnavailable."""
    try:
        return request()
    except mlflow.exceptions.MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_NOT_FOUND", "INVALID_PARAMETER_VALUE"):
            return None
        raise TrackingUnavailable(str(error)) from error
