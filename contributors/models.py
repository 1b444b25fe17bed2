"""Credentials: API keys, and the signed messages that have been used."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contributors.fields import AddressField


class Scope(models.TextChoices):
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    MLFLOW_READ = "mlflow:read"
    MLFLOW_WRITE = "mlflow:write"
    ATTESTATIONS_WRITE = "attestations:write"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def active(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))

    def of_address(self, address: str) -> "ApiKeyQuerySet":
        return self.filter(address=address).order_by("-id")


class ApiKey(models.Model):
    """A bearer credential. The key itself is shown once; only its SHA-256 is kept.

    SHA-256 and not a password hash: the key has 160 random bits beyond its prefix, so there is
    nothing to guess, and every request pays for the check.
    """

    address = AddressField(db_index=True)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=24, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    allowed_networks = models.JSONField(default=list, blank=True)
    rate_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests a minute for this key alone; empty: the address's limit."
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    rotated_to = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rotated_from"
    )

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "API key"
        # The one permission that is about no table's rows.
        permissions = [("operate", "Can act as an operator over the API")]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class UsedSignature(models.Model):
    """A signed message that was used, kept until it would be refused as stale anyway.

    The unique constraint is what makes a message single-use: a cache would forget on restart. A row
    that is ``released`` may be used once more, by the very request it was first sent with: that
    request was answered 429 or 5xx, and clients repeat such requests with the same headers.
    """

    address = AddressField()
    message = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    released = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "message"], name="used_signature_once"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.message}"
