"""Pull the evidence of a version from MLflow, freeze it, and hold the claim against it.

For workers: this imports ``mlflow``.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from registry.canonical import NotCanonical, canonical_bytes, sha256_hex
from registry.evidence import Content, changes, mismatches, snapshot_content, storable
from registry.models import EvidenceSnapshot, ModelVersion, Verification
from registry.queue import backoff
from registry.services.standings import next_standing
from registry.tracking import EvidenceMissing, read_files, read_run
from registry.tracking_rest import TrackingUnavailable

logger = logging.getLogger(__name__)

_MAX_SNAPSHOT_BYTES = 8 * 1024 * 1024
_MAX_REPULL = timedelta(days=30)


def lease_pull(version_id: int) -> bool:
    """Take the work of pulling a version, if it is due and nobody holds it."""
    now = timezone.now()
    due = ModelVersion.objects.due_for_pull(now).filter(pk=version_id)
    return due.update(pull_lease_until=now + timedelta(seconds=settings.HOKUSAI_LEASE_SECONDS)) == 1


def pull_if_due(version_id: int) -> None:
    if lease_pull(version_id):
        pull(version_id)


def pull(version_id: int) -> ModelVersion:
    """Ask MLflow now, store what it says, and judge. Gives the version as it is afterwards.

    Safe to run twice at once: snapshots are unique by digest, and a verdict is written only over the
    state it was reached from. Raises TrackingUnavailable after noting it, with the next try scheduled.
    """
    version = _read(version_id)
    if version.withdrawn_at is not None and version.verified_at is None:
        # What was withdrawn before it was verified is never verified: else it would raise a bar that
        # an attestation has not waited for.
        ModelVersion.objects.filter(pk=version.pk).update(pull_lease_until=None, pull_due_at=None)
        return version
    try:
        run = read_run(version.mlflow_run_id)
        files = read_files(run, version.model_uri, heartbeat=_lease_keeper(version.pk))
        _judge(version, _canonical_text(snapshot_content(run, files)))
    except TrackingUnavailable as error:
        _note_unreachable(version, str(error))
        raise
    except EvidenceMissing as error:
        _conclude(version, Verification.MISSING, {"reason": str(error)})
    except Exception as error:
        # An answer that nobody foresaw, or the task's time limit: such a version must not come round
        # with every sweep and keep the workers from the others.
        _postpone(version, str(error) or type(error).__name__)
        raise
    return _read(version_id)


def _lease_keeper(version_id: int) -> Callable[[], None]:
    """What a pull calls as it goes on: a model of many files must not be taken for a dead worker's."""
    lease = timedelta(seconds=settings.HOKUSAI_LEASE_SECONDS)
    renewed = {"at": timezone.now()}

    def beat() -> None:
        now = timezone.now()
        if now - renewed["at"] > lease / 4:
            renewed["at"] = now
            ModelVersion.objects.filter(pk=version_id).update(pull_lease_until=now + lease)

    return beat


def next_pull(version: ModelVersion, now: datetime) -> datetime:
    """When to look again: often while a version is young, ever more rarely as it ages."""
    age = now - version.registered_at
    return now + min(max(timedelta(seconds=settings.HOKUSAI_REPULL_SECONDS), age / 4), _MAX_REPULL)


def _read(version_id: int) -> ModelVersion:
    return ModelVersion.objects.select_related("registered_model", "claim", "snapshot").get(pk=version_id)


def _canonical_text(content: Content) -> str:
    try:
        data = canonical_bytes(content)
    except NotCanonical as error:
        raise EvidenceMissing(f"The run holds text that is not Unicode: {error}") from error
    if len(data) > _MAX_SNAPSHOT_BYTES:
        raise EvidenceMissing(f"The run's params, metrics and tags exceed {_MAX_SNAPSHOT_BYTES} bytes.")
    return data.decode()


def _judge(version: ModelVersion, text: str) -> None:
    snapshot = _keep(version, text)
    frozen = version.snapshot or snapshot
    changed = changes(frozen.content, snapshot.content, version.metrics)
    if changed:
        _conclude(version, Verification.TAMPERED, {"changes": changed, "found_at": _text(timezone.now())}, frozen)
        return
    differing = mismatches(version.metrics, frozen.content)
    if differing:
        _conclude(version, Verification.MISMATCHED, {"mismatches": differing}, frozen)
    else:
        _conclude(version, Verification.VERIFIED, {}, frozen)


def _keep(version: ModelVersion, text: str) -> EvidenceSnapshot:
    digest = f"sha256:{sha256_hex(text.encode())}"
    existing = EvidenceSnapshot.objects.filter(version=version, digest=digest).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            snapshot = EvidenceSnapshot(version=version, digest=digest, canonical_text=text)
            snapshot.artifact_digest = snapshot.content["artifacts"]["digest"]
            snapshot.save()
            return snapshot
    except IntegrityError:
        return EvidenceSnapshot.objects.get(version=version, digest=digest)


def _conclude(
    version: ModelVersion,
    verdict: Verification,
    detail: dict[str, Any],
    frozen: EvidenceSnapshot | None = None,
) -> None:
    """Write a verdict over the state it was reached from; a tampered version stays tampered."""
    now = timezone.now()
    if version.verification == Verification.TAMPERED:
        verdict, detail = Verification.TAMPERED, version.verification_detail
    values: dict[str, Any] = {
        "verification": verdict,
        "verification_detail": storable(detail),
        "pulled_at": now,
        "pull_failures": 0,
        "pull_lease_until": None,
        "pull_due_at": None if version.withdrawn_at else next_pull(version, now),
    }
    if frozen is not None and version.snapshot is None:
        values |= {"snapshot": frozen, "artifact_digest": frozen.artifact_digest}
    first_verified = verdict == Verification.VERIFIED and version.verified_at is None
    if first_verified:
        values["verified_at"] = now
    with transaction.atomic():
        if first_verified and version.verification == Verification.MISSING:
            values["standing"] = next_standing(version.registered_model_id)
        written = ModelVersion.objects.filter(
            pk=version.pk,
            verification=version.verification,
            claim=version.claim,
            snapshot=version.snapshot,
            withdrawn_at=version.withdrawn_at,
        ).update(**values)
    if not written:
        # Another pull, a corrected claim or a withdrawal came between: look again at once, from the new state.
        ModelVersion.objects.filter(pk=version.pk).update(pull_lease_until=None, pull_due_at=now)
        return
    if verdict != version.verification:
        logger.info("%s is %s", version.model_id, verdict.value)


def _note_unreachable(version: ModelVersion, reason: str) -> None:
    """MLflow is away: what was found before stands, and the pull is tried again, less and less often."""
    _postpone(version, reason)
    ModelVersion.objects.filter(pk=version.pk, verification=Verification.PENDING).update(
        verification=Verification.UNREACHABLE, verification_detail={"reason": "MLflow does not answer."}
    )


def _postpone(version: ModelVersion, reason: str) -> None:
    wait = backoff(version.pull_failures)
    row = ModelVersion.objects.filter(pk=version.pk)
    row.update(pull_failures=F("pull_failures") + 1, pull_lease_until=None)
    row.filter(withdrawn_at=None).update(pull_due_at=timezone.now() + wait)
    logger.warning("The pull of %s failed and is tried again in %s: %s", version.model_id, wait, reason)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
