"""What MLflow says of a run and of a logged model, as plain values. Pure."""

from dataclasses import dataclass
from typing import Any

#: The tag that names who created a run; only that address, or its model's people, may register it.
CREATOR_TAG = "hokusai.creator_address"

#: The scheme of artifacts that the tracking server itself stores and serves.
STORE_SCHEME = "mlflow-artifacts:/"


class OutsideStore(ValueError):
    """An artifact location that the tracking server does not serve, such as ``file:///etc``."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's latest value, as logged; times are Unix milliseconds."""

    value: float
    timestamp_ms: int
    step: int


@dataclass(frozen=True, slots=True)
class Run:
    """One MLflow run; times are Unix milliseconds, ``end_ms`` None while it runs."""

    run_id: str
    experiment_id: str
    status: str
    deleted: bool
    start_ms: int | None
    end_ms: int | None
    artifact_uri: str
    metrics: dict[str, Metric]
    params: dict[str, str]
    tags: dict[str, str]
    logged_model_ids: tuple[str, ...]

    @classmethod
    def from_rest(cls, run: dict[str, Any]) -> "Run":
        """Read the ``run`` object of MLflow's ``runs/get``."""
        info, data = run["info"], run.get("data", {})
        return cls(
            run_id=info["run_id"],
            experiment_id=info["experiment_id"],
            status=info["status"],
            deleted=info.get("lifecycle_stage") == "deleted",
            start_ms=_integer(info.get("start_time")),
            end_ms=_integer(info.get("end_time")),
            artifact_uri=info.get("artifact_uri", ""),
            metrics={
                m["key"]: Metric(float(m["value"]), int(m.get("timestamp", 0)), int(m.get("step", 0)))
                for m in data.get("metrics", [])
            },
            params={p["key"]: p.get("value", "") for p in data.get("params", [])},
            tags={t["key"]: t.get("value", "") for t in data.get("tags", [])},
            logged_model_ids=tuple(output["model_id"] for output in run.get("outputs", {}).get("model_outputs", [])),
        )


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """One MLflow 3 logged model (``models:/m-…``)."""

    model_id: str
    name: str
    source_run_id: str
    artifact_uri: str
    ready: bool
    created_ms: int

    @property
    def uri(self) -> str:
        return f"models:/{self.model_id}"

    @classmethod
    def from_rest(cls, model: dict[str, Any]) -> "LoggedModel":
        """Read the ``model`` object of MLflow's ``logged-models/{id}``."""
        info = model["info"]
        return cls(
            model_id=info["model_id"],
            name=info.get("name", ""),
            source_run_id=info.get("source_run_id", ""),
            artifact_uri=info.get("artifact_uri", ""),
            ready=info.get("status") == "LOGGED_MODEL_READY",
            created_ms=int(info.get("creation_timestamp_ms", 0)),
        )


def store_path(artifact_uri: str) -> str:
    """The path inside the tracking server's own artifact store that a location means.

    Raises OutsideStore for every other scheme, for another host (``mlflow-artifacts://host/…``) and
    for a path that climbs: a worker that followed those would read its own disk or a foreign host.
    """
    path = artifact_uri.removeprefix(STORE_SCHEME)
    if path == artifact_uri or not all(is_plain_segment(part) for part in path.split("/")):
        raise OutsideStore(
            f"The artifacts lie at {artifact_uri[:200]!r}, outside the tracking server's own store; "
            "use an experiment with the default artifact location."
        )
    return path


def is_plain_segment(segment: str) -> bool:
    """True for a path segment that stays where it is put."""
    return segment not in ("", ".", "..") and not any(c in segment for c in "/\\\0%")


def _integer(value: Any) -> int | None:
    return None if value in (None, "", 0) else int(value)
