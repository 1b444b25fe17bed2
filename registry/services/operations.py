"""What an operator sets going by hand."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from registry.models import ModelVersion
from registry.queue import enqueue

#: The most messages one call sends; the sweep finds the rest, which are due all the same.
_MESSAGES = 200


@transaction.atomic
def schedule_pull(*, version_ids: Iterable[int]) -> int:
    """Make the evidence of these versions due now and tell the workers; gives how many versions.

    A failed series of pulls starts its backoff anew. Safe to repeat: a version is pulled by one worker
    at a time.
    """
    ids = list(version_ids)
    due = ModelVersion.objects.filter(pk__in=ids).update(pull_due_at=timezone.now(), pull_failures=0)
    for version_id in ids[:_MESSAGES]:
        enqueue("registry.pull_evidence", version_id)
    return due
