import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from attestations.models.attestation import Attestation
from attestations.statement import ATTESTATION_TYPE
from contributors.fields import AddressField
from registry.models import ModelVersion


class AttestationRequestQuerySet(models.QuerySet["AttestationRequest"]):
    def due(self, now: datetime) -> "AttestationRequestQuerySet":
        """Queued, to be looked at by now, and held by no worker."""
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.filter(free, state=AttestationRequest.State.QUEUED, due_at__lte=now)


class AttestationRequest(models.Model):
    """A wish for an attestation. A worker pulls the evidence again, then builds it or says why not."""

    class State(models.TextChoices):
        QUEUED = "queued"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attestation_type = models.CharField(max_length=64, default=ATTESTATION_TYPE)
    candidate = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    baseline = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    requested_by = AddressField(null=True, help_text="Empty: an operator.")
    requested_at = models.DateTimeField(default=timezone.now)
    client_metadata = models.JSONField(default=dict, blank=True, help_text="Kept, and never hashed.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    refusal_code = models.CharField(max_length=64, blank=True)
    detail = models.TextField(blank=True, help_text="Why it was refused, or still waits.")
    attestation = models.ForeignKey(
        Attestation, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    issued_new = models.BooleanField(default=False)

    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    objects: ClassVar[AttestationRequestQuerySet] = AttestationRequestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "baseline", "attestation_type"],
                condition=Q(state="queued"),
                name="one_queued_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
