"""What the workers do. Each task takes an id, is safe to repeat, and is swept up when it was lost."""

import logging

from celery import shared_task
from django.utils import timezone

from registry.models import ModelVersion
from registry.queue import enqueue
from registry.services.evidence import pull_if_due
from registry.services.mirror import mirror_stage
from registry.tracking_rest import TrackingUnavailable

logger = logging.getLogger(__name__)

_SWEEP_LIMIT = 200


@shared_task(name="registry.pull_evidence", soft_time_limit=900, time_limit=960)
def pull_evidence_task(version_id: int) -> None:
    try:
        pull_if_due(version_id)
    except TrackingUnavailable:
        logger.info("version %d is pulled again later", version_id)


@shared_task(name="registry.mirror_stage", time_limit=120)
def mirror_stage_task(version_id: int) -> None:
    try:
        mirror_stage(version_id)
    except TrackingUnavailable:
        logger.info("the stage of version %d is mirrored later", version_id)


@shared_task(name="registry.sweep", time_limit=60)
def sweep() -> int:
    """Send what is due and held by nobody: lost messages, dead workers, pulls that come round again."""
    now = timezone.now()
    pulls = ModelVersion.objects.due_for_pull(now).order_by("pull_due_at")
    mirrors = ModelVersion.objects.filter(mirror_due_at__lte=now).order_by("mirror_due_at")
    sent = 0
    for task, due in (("registry.pull_evidence", pulls), ("registry.mirror_stage", mirrors)):
        for version_id in due.values_list("pk", flat=True)[:_SWEEP_LIMIT]:
            enqueue(task, version_id)
            sent += 1
    return sent
