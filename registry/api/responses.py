"""What the registry's endpoints show. Response serializers never save."""

from typing import Any
from urllib.parse import quote

from rest_framework import serializers

from registry.comparison import Comparison
from registry.export_details import ExportDetails
from registry.metrics import difference
from registry.models import ModelVersion, RegisteredModel
from registry.services.impact import ContributionImpact, Impact
from registry.services.lineage import Lineage


class VersionSummary(serializers.Serializer[Any]):
    """A version wherever it stands in a list: a number is never without its evidence level."""

    model_id = serializers.CharField()
    version = serializers.IntegerField()
    verification = serializers.CharField()
    evidence_level = serializers.CharField()
    stage = serializers.CharField()
    metrics = serializers.DictField(child=serializers.FloatField())
    registered_by = serializers.CharField()
    registration_timestamp = serializers.DateTimeField(source="registered_at")
    withdrawn = serializers.SerializerMethodField()

    def get_withdrawn(self, version: ModelVersion) -> bool:
        return version.withdrawn_at is not None


class VersionResponse(VersionSummary):
    """A version with its claim and what was found about it."""

    model_name = serializers.CharField(source="registered_model.name")
    model_type = serializers.CharField(source="registered_model.model_type")
    primary_metric = serializers.CharField(source="registered_model.primary_metric")
    status = serializers.SerializerMethodField(help_text="Always `registered`; see `verification`.")
    contributor_address = serializers.SerializerMethodField(
        help_text="The one contributor, where there is exactly one; as the registrant named them."
    )
    contributors = serializers.SerializerMethodField()
    registrant_is_contributor = serializers.BooleanField()
    baseline_model_id = serializers.SerializerMethodField()
    baseline_inferred = serializers.BooleanField()
    mlflow_run_id = serializers.CharField()
    model_uri = serializers.CharField()
    artifact_digest = serializers.SerializerMethodField()
    snapshot_digest = serializers.SerializerMethodField()
    verification_detail = serializers.DictField()
    metadata = serializers.DictField()
    attestation = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_status(self, version: ModelVersion) -> str:
        return "registered"

    def get_contributor_address(self, version: ModelVersion) -> str | None:
        addresses = version.contributor_addresses
        return addresses[0] if len(addresses) == 1 else None

    def get_contributors(self, version: ModelVersion) -> list[dict[str, Any]]:
        return [c.as_json() for c in version.contributions.all()]

    def get_baseline_model_id(self, version: ModelVersion) -> str | None:
        return version.baseline.model_id if version.baseline else None

    def get_artifact_digest(self, version: ModelVersion) -> str | None:
        return version.artifact_digest or None

    def get_snapshot_digest(self, version: ModelVersion) -> str | None:
        return version.snapshot.digest if version.snapshot else None

    def get_attestation(self, version: ModelVersion) -> str | None:
        return version.attestation_hash or None

    def get_links(self, version: ModelVersion) -> dict[str, str]:
        own = f"/api{version.get_absolute_url()}"
        return {
            "self": own,
            "lineage": f"{own}/lineage",
            "transitions": f"{own}/transitions",
            "attestation": f"/api/models/{quote(version.model_id)}/attestation",
            "page": version.get_absolute_url(),
        }


class ClaimRow(serializers.Serializer[Any]):
    metrics = serializers.DictField(child=serializers.FloatField())
    claimed_by = serializers.CharField()
    claimed_at = serializers.DateTimeField()


class VersionDetail(VersionResponse):
    """A version alone: also its earlier claims, and what exports need."""

    export_details = ExportDetails()
    claims = serializers.SerializerMethodField()

    def get_claims(self, version: ModelVersion) -> Any:
        return ClaimRow(version.claims.order_by("pk"), many=True).data


class ModelResponse(serializers.Serializer[Any]):
    name = serializers.CharField()
    owner = serializers.CharField()
    model_type = serializers.CharField()
    primary_metric = serializers.CharField()
    metric_directions = serializers.DictField()
    description = serializers.CharField()
    production_needs_approval = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    total_versions = serializers.IntegerField(source="version_count")
    latest_version = serializers.SerializerMethodField()

    def get_latest_version(self, model: RegisteredModel) -> int | None:
        return model.latest_version.version if model.latest_version else None


class ModelDetail(ModelResponse):
    maintainers = serializers.SerializerMethodField()

    def get_maintainers(self, model: RegisteredModel) -> list[str]:
        return [m.address for m in model.maintainers.all()]


class TransitionResponse(serializers.Serializer[Any]):
    from_stage = serializers.CharField()
    to_stage = serializers.CharField()
    requested_by = serializers.CharField(allow_null=True, help_text="null: an operator")
    approved_by = serializers.CharField(allow_null=True)
    comment = serializers.CharField()
    happened_at = serializers.DateTimeField()


class TransitionRequestResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    to_stage = serializers.CharField()
    state = serializers.CharField()
    requested_by = serializers.CharField(allow_null=True)
    requested_at = serializers.DateTimeField()
    comment = serializers.CharField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_comment = serializers.CharField()


class TransitionHistory(serializers.Serializer[Any]):
    transitions = TransitionResponse(many=True)
    requests = TransitionRequestResponse(many=True)


class MetricRow(serializers.Serializer[Any]):
    baseline = serializers.FloatField()
    candidate = serializers.FloatField()
    delta = serializers.FloatField(allow_null=True)
    relative_change = serializers.FloatField(allow_null=True)
    direction = serializers.ChoiceField(choices=["higher", "lower"], allow_null=True)
    improved = serializers.BooleanField(allow_null=True)


class DeltaOne(serializers.Serializer[Any]):
    metric = serializers.CharField()
    threshold_bps = serializers.IntegerField()
    gain_bps = serializers.FloatField(allow_null=True)
    relative = serializers.BooleanField(allow_null=True)
    achieved = serializers.BooleanField()
    reason = serializers.CharField()


class ComparisonResponse(serializers.Serializer[Any]):
    model1 = VersionSummary()
    model2 = VersionSummary()
    performance_delta = serializers.DictField(child=serializers.FloatField(allow_null=True))
    metrics = serializers.DictField(child=MetricRow())
    deltaone = DeltaOne()
    verified = serializers.BooleanField(help_text="Both versions' claims are verified.")


def comparison_data(baseline: ModelVersion, candidate: ModelVersion, compared: Comparison) -> dict[str, Any]:
    return {
        "model1": VersionSummary(baseline).data,
        "model2": VersionSummary(candidate).data,
        "performance_delta": compared.performance_delta,
        "metrics": compared.metrics,
        "deltaone": compared.deltaone,
        "verified": baseline.is_verified and candidate.is_verified,
    }


class LineageRow(VersionSummary):
    baseline_model_id = serializers.SerializerMethodField()
    contributors = serializers.SerializerMethodField()
    registrant_is_contributor = serializers.BooleanField()
    delta = serializers.SerializerMethodField(help_text="Shared metric → this version − its baseline.")

    def get_baseline_model_id(self, version: ModelVersion) -> str | None:
        return version.baseline.model_id if version.baseline else None

    def get_contributors(self, version: ModelVersion) -> list[dict[str, Any]]:
        return [c.as_json() for c in version.contributions.all()]

    def get_delta(self, version: ModelVersion) -> dict[str, float | None]:
        before = version.baseline.metrics if version.baseline else {}
        return {name: difference(before[name], value) for name, value in version.metrics.items() if name in before}


class LineageResponse(serializers.Serializer[Any]):
    model_id = serializers.CharField()
    edge = LineageRow(help_text="This version's own edge to its baseline.")
    ancestors = LineageRow(many=True, help_text="Nearest first, up to the root.")
    descendants = LineageRow(many=True)
    truncated = serializers.BooleanField()
    total_versions = serializers.IntegerField()
    latest_version = serializers.IntegerField(allow_null=True)


def lineage_data(version: ModelVersion, lineage: Lineage, model: RegisteredModel) -> dict[str, Any]:
    return {
        "model_id": version.model_id,
        "edge": LineageRow(version).data,
        "ancestors": LineageRow(lineage.ancestors, many=True).data,
        "descendants": LineageRow(lineage.descendants, many=True).data,
        "truncated": lineage.truncated,
        "total_versions": model.version_count,
        "latest_version": model.latest_version.version if model.latest_version else None,
    }


class ContributionResponse(serializers.Serializer[Any]):
    model_id = serializers.CharField(source="version.model_id")
    baseline_model_id = serializers.SerializerMethodField()
    metric = serializers.CharField(source="version.registered_model.primary_metric")
    baseline_value = serializers.SerializerMethodField()
    value = serializers.FloatField(source="version.primary_value")
    delta = serializers.FloatField(allow_null=True)
    best_before = serializers.FloatField(source="counted.best_before", allow_null=True)
    counted_gain_bps = serializers.FloatField(source="counted.bps")
    weight_bps = serializers.IntegerField()
    score = serializers.FloatField(help_text="counted_gain_bps × weight_bps / 10000")
    verification = serializers.CharField(source="version.verification")
    evidence_level = serializers.CharField(source="version.evidence_level")
    attestation = serializers.SerializerMethodField()
    registered_by = serializers.CharField(source="version.registered_by")
    registrant_is_contributor = serializers.BooleanField(source="version.registrant_is_contributor")
    registration_timestamp = serializers.DateTimeField(source="version.registered_at")

    def get_baseline_model_id(self, row: ContributionImpact) -> str | None:
        return row.version.baseline.model_id if row.version.baseline else None

    def get_baseline_value(self, row: ContributionImpact) -> float | None:
        metric = row.version.registered_model.primary_metric
        return row.version.baseline.metrics.get(metric) if row.version.baseline else None

    def get_attestation(self, row: ContributionImpact) -> str | None:
        return row.version.attestation_hash or None


class ImpactResponse(serializers.Serializer[Any]):
    """Scores are basis points; contributors are as registrants named them."""

    address = serializers.CharField()
    total_models_improved = serializers.IntegerField()
    total_improvement_score = serializers.FloatField()
    totals_by_metric = serializers.SerializerMethodField()
    totals_by_evidence_level = serializers.SerializerMethodField()
    first_contribution = serializers.DateTimeField(allow_null=True)
    last_contribution = serializers.DateTimeField(allow_null=True)
    contributions = ContributionResponse(many=True)

    def get_totals_by_metric(self, impact: Impact) -> dict[str, float]:
        return {name: float(score) for name, score in impact.totals_by("metric").items()}

    def get_totals_by_evidence_level(self, impact: Impact) -> dict[str, float]:
        return {name: float(score) for name, score in impact.totals_by("evidence_level").items()}
