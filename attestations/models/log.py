from django.db import models
from django.utils import timezone

from attestations.models.attestation import Attestation
from registry.append_only import AppendOnlyModel

# A node's key in one number: no log has 2^48 subtrees of one level.
_LEVEL_SHIFT = 48


class LogEntry(AppendOnlyModel):
    """One leaf of the transparency log. ``index`` counts from 0, without a gap."""

    class Kind(models.TextChoices):
        ATTESTATION = "attestation"
        REVOCATION = "revocation"

    index = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    leaf_data = models.CharField(
        max_length=64,
        db_index=True,
        help_text="The attestation's hash, or the SHA-256 of the revocation's document: 32 bytes in hex.",
    )
    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="log_entries")
    logged_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "log entries"
        constraints = [
            models.UniqueConstraint(fields=["attestation", "kind"], name="logged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.index} ({self.kind})"


class LogNode(AppendOnlyModel):
    """The hash of a full subtree of the log, 32 bytes in hex; never changes once it is full."""

    id = models.PositiveBigIntegerField(primary_key=True, help_text="level · 2^48 + index")
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"level {self.id >> _LEVEL_SHIFT}, {self.id & ((1 << _LEVEL_SHIFT) - 1)}"

    @staticmethod
    def key(level: int, index: int) -> int:
        return (level << _LEVEL_SHIFT) + index


class LogHead(models.Model):
    """How far the log has come: one row, and the lock under which entries are appended.

    ``edge`` holds the hashes of the full subtrees of the log, largest first: all that the next entry needs.
    """

    size = models.PositiveBigIntegerField(default=0)
    edge = models.JSONField(default=list)
    logged_at = models.DateTimeField(null=True, help_text="When the newest entry was logged.")

    def __str__(self) -> str:
        return f"{self.size} entries"
