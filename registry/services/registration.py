"""Register a model version: check it against MLflow, then store it, exactly once.

MLflow is asked outside of any transaction. A lease lets one request at a time register a run
under a name; the others wait for it and find what it stored.
"""

import secrets
import time
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from contributors.caller import Caller
from contributors.exceptions import Conflict, Forbidden, InvalidInput, NotFound, Unavailable, Unprocessable
from registry.metrics import default_primary_metric
from registry.models import (
    Contribution,
    ModelVersion,
    RegisteredModel,
    RegistrationLease,
)
from registry.queue import enqueue
from registry.services.chain_models import bind_chain_model
from registry.services.references import resolve
from registry.services.registration_form import Registration
from registry.services.repetition import claim_metrics, repeat_registration
from registry.services.run_checks import check_run_owner, ensure_mlflow_version, finished_run, model_source
from registry.services.standings import next_standing
from registry.tracking_rest import TrackingUnavailable

_LEASE_TIME = timedelta(seconds=60)
_WAIT_SECONDS = 20.0
_POLL_SECONDS = 0.05


def register_version(*, caller: Caller, registration: Registration) -> tuple[ModelVersion, bool]:
    """Register a version; gives it and whether it is new.

    The same run, name and content again gives the version that is there. Raises Forbidden
    (``not_owner``, ``not_run_owner``), Conflict (``already_registered``, ``chain_model_taken``,
    ``chain_model_differs``), InvalidInput, Unprocessable (``run_not_found``, ``run_not_finished``,
    ``artifacts_outside_store``, ``model_not_logged``, ``too_many_models``, ``tracking_refused``,
    ``baseline_not_found``) or Unavailable ``tracking_unreachable``; then nothing is stored.
    """
    registrant = caller.address
    if registrant is None:
        raise Forbidden("A version is registered by an Ethereum address; sign the request or use an API key.")
    _check_owner(registration.model_name, caller)
    existing = _existing(registration)
    if existing is not None:
        return repeat_registration(existing, registration, registrant), False
    token = _lease(registration)
    if token is None:
        existing = _existing(registration)
        if existing is None:
            raise _being_registered()
        return repeat_registration(existing, registration, registrant), False
    try:
        return _register_leased(caller, registrant, registration), True
    finally:
        RegistrationLease.objects.filter(token=token).delete()


def _register_leased(caller: Caller, registrant: str, registration: Registration) -> ModelVersion:
    # What can be refused without MLflow is refused first.
    named = _named_baseline(registration)
    primary_metric = _primary_metric(registration)
    try:
        run = finished_run(registration.mlflow_run_id)
        check_run_owner(run, registration.model_name, caller)
        source, logged_model_id = model_source(run, registration.model_uri)
        number = ensure_mlflow_version(registration.model_name, run, registration.model_uri, source, logged_model_id)
    except TrackingUnavailable as error:
        raise Unavailable(
            "MLflow does not answer, so nothing was registered; repeat the request in a moment.",
            code="tracking_unreachable",
            retry_after=5,
        ) from error
    return _store(registrant, registration, number, primary_metric, named)


def _check_owner(name: str, caller: Caller) -> None:
    model = RegisteredModel.objects.prefetch_related("maintainers").filter(name=name).first()
    if model is not None and not model.is_owner_or_maintainer(caller.address):
        raise Forbidden(
            f"The model name {name!r} belongs to {model.owner}; register yours under another name.",
            code="not_owner",
        )


def _existing(registration: Registration) -> ModelVersion | None:
    return (
        ModelVersion.objects.for_detail()
        .filter(registered_model__name=registration.model_name, mlflow_run_id=registration.mlflow_run_id)
        .first()
    )


def _lease(registration: Registration) -> str | None:
    """Take the lock on (name, run); None where another request stored the version meanwhile."""
    token = secrets.token_hex(16)
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        if _take_lease(registration, token):
            # The one before may have stored the version and let go between our look and our lease.
            if _existing(registration) is None:
                return token
            RegistrationLease.objects.filter(token=token).delete()
            return None
        if _existing(registration) is not None or time.monotonic() > deadline:
            return None
        time.sleep(_POLL_SECONDS)


def _take_lease(registration: Registration, token: str) -> bool:
    now = timezone.now()
    key = {"model_name": registration.model_name, "mlflow_run_id": registration.mlflow_run_id}
    try:
        with transaction.atomic():
            RegistrationLease.objects.create(**key, token=token, lease_until=now + _LEASE_TIME)
    except IntegrityError:
        lapsed = RegistrationLease.objects.filter(**key, lease_until__lt=now)
        return lapsed.update(token=token, lease_until=now + _LEASE_TIME) == 1
    return True


def _named_baseline(registration: Registration) -> ModelVersion | None:
    if not registration.baseline_reference:
        return None
    try:
        return resolve(registration.baseline_reference, field="baseline_model_id")
    except NotFound as error:
        raise Unprocessable(
            f"The baseline {registration.baseline_reference!r} is not registered; register it first.",
            code="baseline_not_found",
        ) from error


def _primary_metric(registration: Registration) -> str:
    model = RegisteredModel.objects.filter(name=registration.model_name).first()
    if model is None:
        chosen = registration.primary_metric or default_primary_metric(registration.model_type, registration.metrics)
        if chosen is None:
            raise InvalidInput.field(
                "primary_metric",
                f"Name the primary metric: none of {registration.model_type}'s usual ones is among the metrics.",
                code="required",
            )
    else:
        chosen = model.primary_metric
        if model.model_type != registration.model_type:
            raise InvalidInput.field("model_type", f"The versions of this model are of type {model.model_type}.")
        if registration.primary_metric not in ("", chosen):
            raise InvalidInput.field("primary_metric", f"This model is judged by {chosen} since its first version.")
    if chosen not in registration.metrics:
        raise InvalidInput.field("metrics", f"The metrics must include the primary metric, {chosen}.")
    return chosen


def _being_registered() -> Unavailable:
    return Unavailable("This run is being registered by another request; repeat yours.", retry_after=1)


def _locked_model(registrant: str, registration: Registration, primary_metric: str) -> RegisteredModel:
    """The model, made where it is new, locked: its versions are stored one after another."""
    model, _ = RegisteredModel.objects.get_or_create(
        name=registration.model_name,
        defaults={
            "owner": registrant,
            "model_type": registration.model_type,
            "primary_metric": primary_metric,
        },
    )
    model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
    if not model.is_owner_or_maintainer(registrant):
        # Another wallet's first version of this name was stored while MLflow was asked.
        raise Forbidden(
            f"The model name {model.name!r} belongs to {model.owner}; register yours under another name.",
            code="not_owner",
        )
    return model


def _store(
    registrant: str,
    registration: Registration,
    number: int,
    primary_metric: str,
    named_baseline: ModelVersion | None,
) -> ModelVersion:
    with transaction.atomic():
        model = _locked_model(registrant, registration, primary_metric)
        # Looked up again under the lock: other runs may have been stored while MLflow was asked.
        primary_metric = _primary_metric(registration)
        bind_chain_model(model=model, chain_model_id=registration.export_details.get("chain_model_id"))
        # None named means the version before.
        baseline = named_baseline or model.versions.order_by("-pk").first()
        try:
            with transaction.atomic():
                version = ModelVersion.objects.create(
                    registered_model=model,
                    version=number,
                    mlflow_run_id=registration.mlflow_run_id,
                    model_uri=registration.model_uri,
                    metadata=registration.metadata,
                    export_details=registration.export_details,
                    registered_by=registrant,
                    baseline=baseline,
                    baseline_reference=registration.baseline_reference,
                    baseline_inferred=named_baseline is None and baseline is not None,
                    primary_value=registration.metrics[primary_metric],
                    standing=next_standing(model.pk),
                )
        except IntegrityError as error:
            if _existing(registration) is not None:
                # Our lease lapsed while MLflow was slow, and another request was quicker.
                raise _being_registered() from error
            raise Conflict(
                f"MLflow's version {number} of this model is registered with another run.",
                code="already_registered",
            ) from error
        Contribution.objects.bulk_create(Contribution(version=version, **row) for row in registration.contributors)
        claim_metrics(version, registration.metrics, registrant)
        RegisteredModel.objects.filter(pk=model.pk).update(version_count=F("version_count") + 1, latest_version=version)
        enqueue("registry.pull_evidence", version.pk)
    return ModelVersion.objects.for_detail().get(pk=version.pk)
