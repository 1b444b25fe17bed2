"""What MLflow says of a run that is about to be registered. Nothing here writes to the database."""

from contributors.caller import Caller
from contributors.ethereum import InvalidAddress, checksum_address
from contributors.exceptions import Forbidden, InvalidInput, Unprocessable
from registry import tracking_rest
from registry.models import RegisteredModel
from registry.runs import CREATOR_TAG, OutsideStore, Run, store_path
from registry.tracking_rest import TooManyModels, TrackingRefused


def finished_run(run_id: str) -> Run:
    try:
        run = tracking_rest.get_run(run_id)
    except TrackingRefused as error:
        if not error.not_found:
            raise Unprocessable(f"MLflow does not give this run: {error}", code="run_not_found") from error
        raise Unprocessable(f"MLflow has no run {run_id!r}; check mlflow_run_id.", code="run_not_found") from error
    if run.deleted:
        raise Unprocessable(f"The run {run_id!r} was deleted in MLflow.", code="run_not_found")
    if run.status != "FINISHED":
        raise Unprocessable(f"The run is {run.status}; register it once it is FINISHED.", code="run_not_finished")
    return run


def check_run_owner(run: Run, name: str, caller: Caller) -> None:
    """A run that says who created it may be registered by that address, or among one model's people.

    Raises Forbidden ``not_run_owner``.
    """
    tag = run.tags.get(CREATOR_TAG)
    if tag is None:
        return
    creator = _address(tag)
    if creator is None or (creator != caller.address and not _works_on(creator, name)):
        raise Forbidden(
            "This run was created by another address, which has registered no version of this model itself; "
            "have it do so once, or register a run of your own.",
            code="not_run_owner",
        )


def _works_on(address: str, name: str) -> bool:
    """Whether an address is of a model's people by its own act: it has registered a version since it became
    owner or maintainer. An owner makes others both without asking them."""
    model = RegisteredModel.objects.prefetch_related("maintainers").filter(name=name).first()
    if model is None:
        return False
    since = [m.added_at for m in model.maintainers.all() if m.address == address]
    since += [model.owner_since] if model.owner == address else []
    return bool(since) and model.versions.filter(registered_by=address, registered_at__gte=min(since)).exists()


def _address(text: str) -> str | None:
    try:
        return checksum_address(text)
    except InvalidAddress:
        return None


def model_source(run: Run, model_uri: str) -> tuple[str, str | None]:
    """The source a version in MLflow gets, and its logged model's id; only of this run, only stored here."""
    try:
        store_path(run.artifact_uri)
        if model_uri.startswith("models:/"):
            model = tracking_rest.get_logged_model(model_uri.removeprefix("models:/"))
            if model.source_run_id != run.run_id:
                raise InvalidInput.field("model_uri", "This logged model belongs to another run.")
            store_path(model.artifact_uri)
            return model.uri, model.model_id
        # As the evidence is read (registry/tracking.py).
        path = model_uri.removeprefix(f"runs:/{run.run_id}/")
        name, _, part = path.partition("/")
        newest = tracking_rest.logged_model_named(run, name)
        if newest is not None:
            store_path(newest.artifact_uri)
            if not part:
                return newest.uri, newest.model_id
    except OutsideStore as error:
        raise Unprocessable(str(error), code="artifacts_outside_store") from error
    except TooManyModels as error:
        raise Unprocessable(str(error), code="too_many_models") from error
    except TrackingRefused as error:
        raise Unprocessable(f"MLflow has no such model: {error}", code="model_not_logged") from error
    return f"{run.artifact_uri}/{path}", None


def ensure_mlflow_version(name: str, run: Run, model_uri: str, source: str, logged_model_id: str | None) -> int:
    """The number of the version that MLflow has of this run under this name; made there if missing.

    MLflow lets a client name any source for a version: one that points elsewhere is not this model.
    """
    own = {source, model_uri}
    try:
        for version in tracking_rest.model_versions(name, run.run_id):
            if version.get("source") in own:
                return int(version["version"])
        return tracking_rest.create_model_version(name, run.run_id, source, logged_model_id)
    except TrackingRefused as error:
        raise Unprocessable(f"MLflow made no model version of this run: {error}", code="tracking_refused") from error
