from django.db import models
from django.db.models import Q
from django.utils import timezone

from contributors.fields import AddressField
from registry.append_only import AppendOnlyModel
from registry.names import STAGES

_STAGE_CHOICES = [(s, s) for s in STAGES]


class StageTransition(AppendOnlyModel):
    """A change of stage that happened: who, why, and by whose approval."""

    version = models.ForeignKey("registry.ModelVersion", on_delete=models.PROTECT, related_name="transitions")
    from_stage = models.CharField(max_length=16, choices=_STAGE_CHOICES)
    to_stage = models.CharField(max_length=16, choices=_STAGE_CHOICES)
    requested_by = AddressField(null=True, help_text="Empty: an operator.")
    approved_by = AddressField(null=True, help_text="Empty: an operator, or no approval was needed.")
    comment = models.TextField(blank=True)
    happened_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"


class TransitionRequest(models.Model):
    """A change of stage that waits for somebody else's decision."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REJECTED = "rejected"

    version = models.ForeignKey("registry.ModelVersion", on_delete=models.PROTECT, related_name="transition_requests")
    to_stage = models.CharField(max_length=16, choices=_STAGE_CHOICES)
    archive_existing_versions = models.BooleanField(default=False)
    requested_by = AddressField(null=True, help_text="Empty: an operator.")
    requested_at = models.DateTimeField(default=timezone.now)
    comment = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    decided_by = AddressField(null=True, blank=True, help_text="Empty: an operator.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "to_stage"],
                condition=Q(state="waiting"),
                name="one_waiting_request_a_stage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} → {self.to_stage} ({self.state})"
