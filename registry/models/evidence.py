import json
from typing import Any

from django.db import models
from django.utils import timezone

from contributors.fields import AddressField
from registry.append_only import AppendOnlyModel


class MetricClaim(AppendOnlyModel):
    """What a registrant says the metrics are. A correction is a further row."""

    version = models.ForeignKey("registry.ModelVersion", on_delete=models.PROTECT, related_name="claims")
    metrics = models.JSONField()
    claimed_by = AddressField()
    claimed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"claim {self.pk} on version {self.version_id}"


class EvidenceSnapshot(AppendOnlyModel):
    """What MLflow held when it was asked, frozen.

    ``canonical_text`` is RFC 8785 JSON (registry/evidence.py gives its shape) and ``digest`` the
    SHA-256 of its UTF-8 bytes: the text is kept as it was hashed, not taken apart and put together.
    """

    version = models.ForeignKey("registry.ModelVersion", on_delete=models.PROTECT, related_name="snapshots")
    digest = models.CharField(max_length=71)
    artifact_digest = models.CharField(max_length=71)
    canonical_text = models.TextField()
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "digest"], name="snapshot_once"),
        ]

    def __str__(self) -> str:
        return self.digest

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.canonical_text))
