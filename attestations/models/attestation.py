"""Attestations, and the requests that workers build them from."""

import json
import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from attestations.statement import ATTESTATION_TYPE
from contributors.fields import AddressField
from registry.append_only import AppendOnlyModel, AppendOnlyQuerySet
from registry.models import ModelVersion


class AttestationQuerySet(AppendOnlyQuerySet["Attestation"]):
    def for_bundle(self) -> "AttestationQuerySet":
        return self.select_related(
            "candidate__registered_model", "baseline__registered_model", "supersedes", "superseded_by"
        )

    def current(self) -> "AttestationQuerySet":
        return self.filter(superseded_by=None)


class Attestation(AppendOnlyModel):
    """A signed statement. ``statement`` is its RFC 8785 text, as it was hashed and signed.

    For each (candidate, baseline, type) the rows form one chain: the first supersedes nothing, and
    each row is superseded at most once; so exactly one is current.
    """

    hash = models.CharField(max_length=66, unique=True)
    attestation_type = models.CharField(max_length=64, default=ATTESTATION_TYPE)
    candidate = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="attestations")
    baseline = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()
    chain_id = models.PositiveBigIntegerField()
    signer = AddressField()
    signature = models.CharField(max_length=132)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    issued_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[AttestationQuerySet] = AttestationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "baseline", "attestation_type"],
                condition=Q(supersedes=None),
                name="one_chain_of_attestations",
            ),
        ]

    def __str__(self) -> str:
        return self.hash

    @property
    def statement_json(self) -> dict[str, Any]:
        return dict(json.loads(self.statement))


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
