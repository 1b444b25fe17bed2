"""What the workers do for attestations: build them, and sweep up what was lost."""

import logging

from celery import shared_task
from django.utils import timezone

from attestations.models import AttestationRequest
from attestations.services.attester_keys import RetiredKey
from attestations.services.build import EvidenceUnsettled, build_if_due
from registry.queue import enqueue
from registry.tracking_rest import TrackingUnavailable

logger = logging.getLogger(__name__)


@shared_task(name="attestations.build", soft_time_limit=900, time_limit=960)
def build_task(request_id: str) -> None:
    try:
        build_if_due(request_id)
    except (TrackingUnavailable, EvidenceUnsettled):
        logger.info("attestation request %s is tried again later", request_id)
    except RetiredKey as error:
        # The request is due again: another process, with the key of today, takes it.
        logger.warning("attestation request %s: %s", request_id, error)


@shared_task(name="attestations.sweep", time_limit=60)
def sweep() -> int:
    now = timezone.now()
    waiting = AttestationRequest.objects.due(now).order_by("due_at")
    ids = [str(pk) for pk in waiting.values_list("pk", flat=True)[:200]]
    for request_id in ids:
        enqueue("attestations.build", request_id)
    return len(ids)
