"""Build an attestation from evidence pulled just now. For workers: this imports ``mlflow``."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from attestations.keyring import commitment_secret
from attestations.models import Attestation, AttestationRequest, LogHead
from attestations.services.attester_keys import RetiredKey
from attestations.services.issue import issue
from attestations.services.log import lock_log
from attestations.services.refusals import check_attestable
from attestations.statement import ContributorShare, Improvement, VersionEvidence, build_statement
from contributors.exceptions import DomainError
from registry.models import ModelVersion, Verification
from registry.queue import backoff
from registry.services.evidence import pull
from registry.services.impact import gains_of
from registry.tracking_rest import TrackingUnavailable

logger = logging.getLogger(__name__)


class EvidenceUnsettled(Exception):
    """A version is being judged again, or one that is measured before it has not been judged yet."""


def build_if_due(request_id: str) -> None:
    """Take a queued request, if nobody holds it, and decide it. It pulls twice, so it may take twice as long."""
    now = timezone.now()
    taken = (
        AttestationRequest.objects.due(now)
        .filter(pk=request_id)
        .update(lease_until=now + 2 * timedelta(seconds=settings.HOKUSAI_LEASE_SECONDS))
    )
    if not taken:
        return
    request = AttestationRequest.objects.get(pk=request_id)
    try:
        attestation, new = build(request)
    except TrackingUnavailable:
        # The error itself says where MLflow is, and everybody can read the request.
        _postpone(request, "MLflow does not answer; it is asked again.")
        raise
    except (EvidenceUnsettled, RetiredKey) as error:
        _postpone(request, str(error))
        raise
    except DomainError as refusal:
        _decide(
            request,
            state=AttestationRequest.State.REFUSED,
            refusal_code=refusal.code,
            detail=refusal.detail,
        )
        logger.info("attestation request %s is refused: %s", request.pk, refusal.code)
    else:
        _decide(request, state=AttestationRequest.State.DONE, attestation=attestation, issued_new=new)
        logger.info("attestation %s for request %s", attestation.hash, request.pk)


def build(request: AttestationRequest) -> tuple[Attestation, bool]:
    """Pull both versions' evidence, check, state, sign; gives the attestation and whether it is new.

    Raises TrackingUnavailable, EvidenceUnsettled, RetiredKey or the refusal.
    """
    for version_id in (request.baseline_id, request.candidate_id):
        pull(version_id)
    with transaction.atomic():
        # From here on nothing is issued or revoked beside it: what counts is what counts when it is signed.
        return _issue(lock_log(), request)


def _issue(head: LogHead, request: AttestationRequest) -> tuple[Attestation, bool]:
    versions = ModelVersion.objects.with_identity().select_related("snapshot").prefetch_related("contributions")
    candidate = versions.get(pk=request.candidate_id)
    baseline = versions.get(pk=request.baseline_id)
    check_attestable(candidate, baseline)
    if not (candidate.is_verified and baseline.is_verified):
        # A corrected claim came between the pull and now: it is judged first.
        raise EvidenceUnsettled("The evidence is being judged again.")
    earlier = ModelVersion.objects.with_identity().unsettled_before(candidate).first()
    if earlier is not None:
        raise EvidenceUnsettled(f"{earlier.model_id} is measured first, and is {earlier.verification}.")
    return issue(head, request, build_statement(describe(candidate, baseline), commitment_secret()))


def describe(candidate: ModelVersion, baseline: ModelVersion) -> Improvement:
    """The evidence of two verified versions as plain values."""
    counted = gains_of([candidate])[candidate.pk]
    return Improvement(
        candidate=_evidence(candidate),
        baseline=_evidence(baseline),
        primary_metric=candidate.registered_model.primary_metric,
        directions=candidate.registered_model.metric_directions,
        best_before=counted.best_before,
        counted_gain_bps=counted.bps,
        registrant=candidate.registered_by,
        shares=tuple(ContributorShare(c.address, c.weight_bps, c.data_hash) for c in candidate.contributions.all()),
        evidence_level=candidate.evidence_level,
    )


def _evidence(version: ModelVersion) -> VersionEvidence:
    if version.snapshot is None or version.verification != Verification.VERIFIED:
        raise EvidenceUnsettled(f"{version.model_id} has no verified evidence yet.")
    return VersionEvidence(
        model_id=version.model_id,
        mlflow_run_id=version.mlflow_run_id,
        artifact_digest=version.artifact_digest,
        snapshot_digest=version.snapshot.digest,
        run_end_time=version.snapshot.content["run"]["end_time"],
        metrics=version.metrics,
    )


def _decide(request: AttestationRequest, **values: object) -> None:
    AttestationRequest.objects.filter(pk=request.pk, state=AttestationRequest.State.QUEUED).update(
        due_at=None, lease_until=None, **{"detail": "", **values}
    )


def _postpone(request: AttestationRequest, reason: str) -> None:
    AttestationRequest.objects.filter(pk=request.pk).update(
        due_at=timezone.now() + backoff(request.failures), lease_until=None, failures=F("failures") + 1, detail=reason
    )
