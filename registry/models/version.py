from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.db import connections, models
from django.db.models import Q
from django.utils import timezone

from contributors.fields import AddressField
from registry.append_only import AppendOnlyModel
from registry.models.registered_model import RegisteredModel
from registry.names import STAGES, ModelReference, model_id


class Verification(models.TextChoices):
    """What the registry found when it held the claim against MLflow."""

    PENDING = "pending"
    VERIFIED = "verified"
    MISMATCHED = "mismatched"
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    TAMPERED = "tampered"


# All that may change in what the API tells of a version: its own row but for the workers' columns, and
# how many claims and contributions it has, since those are only ever added. What its model is called
# and judged by is in it too. Written out, because it is asked for every read: the ORM would take
# many times as long, nearly all of it to write the same SQL anew.
_STATE = """
    SELECT v.id, v.registered_at, v.mlflow_run_id, v.registered_by, v.model_uri, CAST(v.metadata AS text),
           v.baseline_id, v.baseline_inferred, v.stage, v.staged_at, v.claim_id, v.snapshot_id, v.verification,
           CAST(v.verification_detail AS text), v.verified_at, v.primary_value, v.artifact_digest,
           v.withdrawn_at, v.withdrawn_by, v.attestation_hash, CAST(v.export_details AS text),
           m.name, m.model_type, m.primary_metric,
           (SELECT COUNT(*) FROM registry_metricclaim c WHERE c.version_id = v.id),
           (SELECT COUNT(*) FROM registry_contribution c WHERE c.version_id = v.id)
    FROM registry_modelversion v JOIN registry_registeredmodel m ON m.id = v.registered_model_id
    WHERE m.name = %s AND v.version = %s
"""


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def with_identity(self) -> "ModelVersionQuerySet":
        """Enough to name a version, its baseline and what it claims."""
        return self.select_related("registered_model", "claim", "baseline__registered_model")

    def for_detail(self) -> "ModelVersionQuerySet":
        """All that a version's page and its API answer show: two queries."""
        return (
            self.with_identity()
            .select_related("snapshot")
            .defer("snapshot__canonical_text")
            .prefetch_related("contributions")
        )

    def referred_to(self, reference: ModelReference) -> "ModelVersionQuerySet":
        """The version that a reference means: newest first, so ``.first()`` decides the moving ones."""
        found = self.filter(registered_model__name=reference.name)
        if reference.version is not None:
            return found.filter(version=reference.version)
        if reference.stage is not None:
            return found.filter(stage=reference.stage).order_by("-staged_at", "-pk")
        return found.order_by("-pk")

    def state_of(self, name: str, version: int) -> tuple[Any, ...] | None:
        """A tuple that differs whenever what the API tells of this version differs; its id comes first."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_STATE, [name, version])
            row = cursor.fetchone()
        return tuple(row) if row else None

    def due_for_pull(self, now: datetime) -> "ModelVersionQuerySet":
        """Whose evidence is to be pulled, and which no worker holds."""
        return self.filter(Q(pull_lease_until=None) | Q(pull_lease_until__lt=now), pull_due_at__lte=now)

    def ever_verified(self) -> "ModelVersionQuerySet":
        """Verified now or once. A version that was tampered with or withdrawn later goes on setting
        the bar for those after it: else spoiling one's own evidence would raise the next gain."""
        return self.exclude(verified_at=None)

    def unsettled_before(self, version: "ModelVersion") -> "ModelVersionQuerySet":
        """What is measured before this version and not judged yet: its verdict may raise the bar."""
        return self.filter(
            registered_model_id=version.registered_model_id,
            standing__lt=version.standing,
            withdrawn_at=None,
            verification__in=(Verification.PENDING, Verification.UNREACHABLE),
        )

    def contributed_by(self, address: str) -> "ModelVersionQuerySet":
        return self.filter(contributions__address=address).distinct()


class ModelVersion(models.Model):
    """One trained model under a name: an MLflow run, what it claims, and what was found."""

    registered_model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveBigIntegerField(help_text="The number that MLflow's registry gave.")
    mlflow_run_id = models.CharField(max_length=64, db_index=True)
    model_uri = models.CharField(max_length=500)
    metadata = models.JSONField(default=dict, blank=True)
    registered_by = AddressField(db_index=True)
    registered_at = models.DateTimeField(default=timezone.now)

    baseline = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="descendants")
    baseline_reference = models.CharField(max_length=200, blank=True, help_text="As the registrant wrote it.")
    baseline_inferred = models.BooleanField(default=False)

    stage = models.CharField(max_length=16, default="None", choices=[(s, s) for s in STAGES])
    staged_at = models.DateTimeField(null=True, blank=True)
    mirror_due_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="Set while MLflow does not yet show the stage."
    )

    claim = models.OneToOneField(
        "registry.MetricClaim", null=True, on_delete=models.PROTECT, related_name="+",
        help_text="The claim in force; corrected ones replace it and stay listed.",
    )  # fmt: skip
    snapshot = models.OneToOneField(
        "registry.EvidenceSnapshot", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="The first evidence pulled: frozen, and what every later pull is held against.",
    )  # fmt: skip
    verification = models.CharField(
        max_length=16, choices=Verification.choices, default=Verification.PENDING, db_index=True
    )
    verification_detail = models.JSONField(default=dict, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True, help_text="When it was verified first.")
    primary_value = models.FloatField(null=True, blank=True, help_text="The claimed primary metric.")
    artifact_digest = models.CharField(max_length=71, blank=True, db_index=True)

    # Work: due_at is when the evidence is to be pulled (again); a worker holds the lease while it does.
    pull_due_at = models.DateTimeField(null=True, blank=True, db_index=True, default=timezone.now)
    pull_lease_until = models.DateTimeField(null=True, blank=True)
    pull_failures = models.PositiveIntegerField(default=0)
    pulled_at = models.DateTimeField(null=True, blank=True)

    standing = models.PositiveBigIntegerField(
        help_text="Its place in the order in which the model's versions are measured: by registration, but a "
        "corrected claim or evidence that comes back goes to the end."
    )

    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = AddressField(null=True, blank=True)
    attestation_hash = models.CharField(
        max_length=66, blank=True, help_text="The current attestation against the registered baseline."
    )

    gain_attested_at = models.DateTimeField(
        null=True, blank=True, help_text="When a gain of it was attested first: then no copy of it earns any more."
    )
    export_details = models.JSONField(
        default=dict, blank=True, help_text="What exports of its attestations need: registry/export_details.py."
    )

    objects: ClassVar[ModelVersionQuerySet] = ModelVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registered_model", "version"], name="version_once"),
            models.UniqueConstraint(fields=["registered_model", "mlflow_run_id"], name="run_once_per_model"),
            models.UniqueConstraint(fields=["registered_model", "standing"], name="standing_once_per_model"),
        ]

    def __str__(self) -> str:
        return self.model_id

    def get_absolute_url(self) -> str:
        return f"/models/{quote(self.registered_model.name)}/{self.version}"

    @property
    def model_id(self) -> str:
        return model_id(self.registered_model.name, self.version)

    @property
    def is_verified(self) -> bool:
        return self.verification == Verification.VERIFIED and self.withdrawn_at is None

    @property
    def evidence_level(self) -> str:
        """``claimed`` until the registry has seen the same numbers in MLflow itself."""
        return "mlflow_verified" if self.verification == Verification.VERIFIED else "claimed"

    @property
    def metrics(self) -> dict[str, float]:
        """The claimed metrics in force, as doubles: PostgreSQL gives large whole ones back as integers."""
        return {name: float(value) for name, value in self.claim.metrics.items()} if self.claim else {}

    @property
    def registrant_is_contributor(self) -> bool:
        return self.registered_by in self.contributor_addresses

    @property
    def contributor_addresses(self) -> list[str]:
        return list(dict.fromkeys(c.address for c in self.contributions.all()))


class Contribution(AppendOnlyModel):
    """Whose data a version was trained with, as its registrant named them."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="contributions")
    address = AddressField(db_index=True)
    weight_bps = models.PositiveIntegerField()
    data_hash = models.CharField(max_length=200, blank=True)
    samples = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.address} ({self.weight_bps} bps)"

    def as_json(self) -> dict[str, Any]:
        """The row as it was registered."""
        return {
            "address": self.address,
            "weight_bps": self.weight_bps,
            "data_hash": self.data_hash or None,
            "samples": self.samples,
        }
