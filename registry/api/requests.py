"""What the registry's endpoints take. Request serializers validate and never save."""

import re
from typing import Any

from rest_framework import serializers

from contributors.serializer_fields import AddressField
from registry.export_details import ExportDetails
from registry.serializer_fields import MetadataField, MetricsField, ModelNameField, StageField, check_storable
from registry.services.registration_form import Registration

MAX_CONTRIBUTORS = 100
_RUN_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_LOGGED_MODEL = re.compile(r"models:/m-[A-Za-z0-9]{1,64}")
_PATH = re.compile(r"[^\x00-\x1f%?#\\]{1,300}")


class ContributorRequest(serializers.Serializer[Any]):
    address = AddressField()
    weight_bps = serializers.IntegerField(min_value=1, max_value=10_000)
    data_hash = serializers.CharField(max_length=200, required=False, allow_null=True, allow_blank=True, default="")
    samples = serializers.IntegerField(min_value=0, max_value=2**53 - 1, required=False, allow_null=True, default=None)


class RegisterRequest(serializers.Serializer[Any]):
    model_name = ModelNameField()
    model_type = serializers.RegexField(
        r"^[a-z0-9_\-]{1,64}$", help_text="classification, regression, ranking or another lower-case word"
    )
    mlflow_run_id = serializers.CharField(max_length=64)
    model_uri = serializers.CharField(
        max_length=500, help_text="runs:/<this run>/<path>, or the models:/m-… that this run logged"
    )
    metrics = MetricsField(help_text="What the run logged: metric name → value")
    metadata = MetadataField(required=False, default=dict)
    contributor_address = AddressField(required=False, allow_null=True, default=None)
    contributors = serializers.ListField(
        child=ContributorRequest(), required=False, default=list, max_length=MAX_CONTRIBUTORS
    )
    baseline_model_id = serializers.CharField(required=False, allow_null=True, default=None, max_length=200)
    primary_metric = serializers.CharField(required=False, allow_null=True, default=None, max_length=250)
    export_details = ExportDetails(
        required=False, allow_null=True, default=dict, help_text="What exports of its attestations need besides"
    )

    def validate_mlflow_run_id(self, value: str) -> str:
        if not _RUN_ID.fullmatch(value):
            raise serializers.ValidationError("A run id is letters and digits, as MLflow gave it.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _check_model_uri(attrs["model_uri"], attrs["mlflow_run_id"])
        check_storable([attrs["primary_metric"], [row.get("data_hash") for row in attrs["contributors"]]])
        if attrs["contributor_address"] and attrs["contributors"]:
            raise serializers.ValidationError(
                {"contributors": "Give contributor_address or contributors, not both."}, code="conflict"
            )
        if attrs["contributors"] and sum(row["weight_bps"] for row in attrs["contributors"]) != 10_000:
            raise serializers.ValidationError(
                {"contributors": "The weights must total exactly 10000 basis points."}, code="weights"
            )
        return attrs

    def registration(self) -> Registration:
        data = self.validated_data
        return Registration(
            model_name=data["model_name"],
            model_type=data["model_type"],
            mlflow_run_id=data["mlflow_run_id"],
            model_uri=data["model_uri"],
            metrics=data["metrics"],
            metadata=data["metadata"],
            contributors=_contributors(data),
            baseline_reference=data["baseline_model_id"] or "",
            primary_metric=data["primary_metric"] or "",
            export_details=data["export_details"] or {},
        )


class UpdateModelRequest(serializers.Serializer[Any]):
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    owner = AddressField(required=False)
    maintainers = serializers.ListField(child=AddressField(), required=False, max_length=50)
    production_needs_approval = serializers.BooleanField(required=False)
    primary_metric_direction = serializers.ChoiceField(choices=["higher", "lower"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), "This cannot be changed."), code="read_only"
            )
        return attrs


class TransitionRequestBody(serializers.Serializer[Any]):
    stage = StageField()
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)
    archive_existing_versions = serializers.BooleanField(required=False, default=False)


class DecisionRequest(serializers.Serializer[Any]):
    approve = serializers.BooleanField()
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


def _check_model_uri(uri: str, run_id: str) -> None:
    """Only ``runs:/<this run>/…`` and ``models:/m-…``: the registry follows nothing else."""
    prefix = f"runs:/{run_id}/"
    path = uri.removeprefix(prefix)
    ours = path != uri and _PATH.fullmatch(path) and all(p not in ("", ".", "..") for p in path.split("/"))
    if not ours and not _LOGGED_MODEL.fullmatch(uri):
        raise serializers.ValidationError(
            {"model_uri": f"Give {prefix}<path> or the models:/m-… that this run logged."},
            code="invalid_model_uri",
        )


def _contributors(data: dict[str, Any]) -> list[dict[str, Any]]:
    if data["contributor_address"]:
        return [{"address": data["contributor_address"], "weight_bps": 10_000}]
    return [{**row, "data_hash": row["data_hash"] or ""} for row in data["contributors"]]
