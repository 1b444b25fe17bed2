"""A registration that comes again: the same, a correction, or a conflict."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from contributors.exceptions import Conflict, InvalidInput, NotFound
from registry.canonical import canonical_bytes
from registry.models import MetricClaim, ModelVersion, Verification
from registry.queue import enqueue
from registry.services.references import resolve
from registry.services.registration_form import Registration
from registry.services.standings import next_standing


def repeat_registration(version: ModelVersion, registration: Registration, address: str) -> ModelVersion:
    """A repetition: the same content is the same version; other metrics may correct a mismatched claim."""
    differing = _differences(version, registration)
    if not differing:
        return version
    if differing == ["metrics"] and version.verification == Verification.MISMATCHED and version.withdrawn_at is None:
        return _correct_claim(version, registration, address)
    raise Conflict(
        f"This run is registered as {version.model_id} with other content ({', '.join(differing)}); "
        "a version is never changed, so register a new run.",
        code="already_registered",
        errors=[
            {"field": name, "code": "differs", "message": f"{name} is not what was registered."} for name in differing
        ],
    )


def _differences(version: ModelVersion, registration: Registration) -> list[str]:
    stored = {
        "model_type": version.registered_model.model_type,
        "model_uri": version.model_uri,
        "metrics": version.metrics,
        "metadata": canonical_bytes(_as_sent(version.metadata)),
        "contributors": [(c.address, c.weight_bps, c.data_hash, c.samples) for c in version.contributions.all()],
    }
    sent = {
        "model_type": registration.model_type,
        "model_uri": registration.model_uri,
        "metrics": registration.metrics,
        "metadata": canonical_bytes(registration.metadata),
        "contributors": [
            (row["address"], row["weight_bps"], row.get("data_hash", ""), row.get("samples"))
            for row in registration.contributors
        ],
    }
    differing = [name for name in stored if stored[name] != sent[name]]
    if not _same_baseline(version, registration.baseline_reference):
        differing.append("baseline_model_id")
    if registration.primary_metric not in ("", version.registered_model.primary_metric):
        differing.append("primary_metric")
    # Left out is not taken back: an operator may have filled them in.
    if registration.export_details and registration.export_details != version.export_details:
        differing.append("export_details")
    return differing


def _as_sent(value: Any) -> Any:
    """Stored JSON with its large numbers as the doubles they were: PostgreSQL gives 1e300 back as an integer."""
    if isinstance(value, dict):
        return {name: _as_sent(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_sent(inner) for inner in value]
    return float(value) if isinstance(value, int) and abs(value) >= 2**53 else value


def _same_baseline(version: ModelVersion, reference: str) -> bool:
    """A moving reference means what it meant at first, so the same words are the same baseline."""
    if reference == version.baseline_reference:
        return True
    if not reference or version.baseline is None:
        return False
    try:
        return resolve(reference, field="baseline_model_id").pk == version.baseline_id
    except NotFound:
        return False


def _correct_claim(version: ModelVersion, registration: Registration, address: str) -> ModelVersion:
    primary = version.registered_model.primary_metric
    if primary not in registration.metrics:
        raise InvalidInput.field("metrics", f"The metrics must include the primary metric, {primary}.")
    with transaction.atomic():
        reopened = ModelVersion.objects.filter(
            pk=version.pk, verification=Verification.MISMATCHED, claim=version.claim, withdrawn_at=None
        ).update(
            verification=Verification.PENDING,
            verification_detail={},
            primary_value=registration.metrics[primary],
            standing=next_standing(version.registered_model_id),
            pull_due_at=timezone.now(),
        )
        if not reopened:
            raise Conflict("The claim was corrected by another request; read the version and try again.")
        claim_metrics(version, registration.metrics, address)
        enqueue("registry.pull_evidence", version.pk)
    return ModelVersion.objects.for_detail().get(pk=version.pk)


def claim_metrics(version: ModelVersion, metrics: dict[str, float], address: str) -> None:
    claim = MetricClaim.objects.create(version=version, metrics=metrics, claimed_by=address)
    ModelVersion.objects.filter(pk=version.pk).update(claim=claim)
