from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from contributors.caller import Caller
from contributors.fields import AddressField


class RegisteredModelQuerySet(models.QuerySet["RegisteredModel"]):
    def for_list(self) -> "RegisteredModelQuerySet":
        """Each model with its newest version, in one query."""
        return self.select_related("latest_version")

    def for_detail(self) -> "RegisteredModelQuerySet":
        return self.for_list().prefetch_related("maintainers")


class RegisteredModel(models.Model):
    """A name, its owner, and how its versions are judged."""

    name = models.CharField(max_length=128, unique=True)
    owner = AddressField(db_index=True)
    owner_since = models.DateTimeField(default=timezone.now)
    model_type = models.CharField(max_length=64)
    primary_metric = models.CharField(max_length=250)
    metric_directions = models.JSONField(
        default=dict, blank=True, help_text='Overrides of the table of directions: {"metric": "higher"}.'
    )
    description = models.TextField(blank=True)
    chain_model_id = models.CharField(
        max_length=78,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(r"^[1-9][0-9]{0,77}\Z")],
        help_text="Its number on chain, a uint256 as a decimal.",
    )
    production_needs_approval = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    # Kept with each registration, so that a list costs the same at 100,000 versions.
    version_count = models.PositiveIntegerField(default=0)
    last_standing = models.PositiveBigIntegerField(default=0, help_text="The last place given to one of its versions.")
    latest_version = models.OneToOneField(
        "registry.ModelVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[RegisteredModelQuerySet] = RegisteredModelQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name

    def is_managed_by(self, caller: Caller | None) -> bool:
        """Owner, maintainer or operator."""
        if caller is None:
            return False
        return caller.is_operator or self.is_owner_or_maintainer(caller.address)

    def is_owner_or_maintainer(self, address: str | None) -> bool:
        """Owner or maintainer."""
        if address is None:
            return False
        return address == self.owner or any(m.address == address for m in self.maintainers.all())


class Maintainer(models.Model):
    """An address that the owner lets act for a model."""

    registered_model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="maintainers")
    address = AddressField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registered_model", "address"], name="maintainer_once"),
        ]

    def __str__(self) -> str:
        return self.address
