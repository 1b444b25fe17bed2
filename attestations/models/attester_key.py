from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contributors.fields import AddressField


class AttesterKeyQuerySet(models.QuerySet["AttesterKey"]):
    def valid_at(self, moment: datetime) -> "AttesterKeyQuerySet":
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=moment), valid_from__lte=moment)


class AttesterKey(models.Model):
    """An address that signs, or has signed, for the registry. The key itself is not here."""

    address = AddressField(unique=True)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Empty: it signs now.")

    objects: ClassVar[AttesterKeyQuerySet] = AttesterKeyQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.address
