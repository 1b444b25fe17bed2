"""What exports of an attestation need and a run does not tell: sent at registration, checked here.

It is the registrant's word, or an operator's: no part of the evidence, and of no statement.
"""

from typing import Any

from rest_framework import serializers

from registry.serializer_fields import check_storable

MAX_BYTES = 64 * 1024
_MAX_INTEGER = 2**53 - 1
_SHA256 = r"^[0-9a-f]{64}$"


class ClosedSerializer(serializers.Serializer[Any]):
    """An object that has these names and no others."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                dict.fromkeys(unknown, f"There is no such name here; there are {known}."), code="unknown"
            )
        return dict(super().to_internal_value(data))


def _count(minimum: int, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=minimum, max_value=_MAX_INTEGER, **options)


class DataManifest(ClosedSerializer):
    """The shape of the data behind a version."""

    source_path = serializers.CharField(required=False, max_length=1_000)
    row_count = _count(0)
    column_count = _count(0)
    columns = serializers.ListField(child=serializers.CharField(max_length=1_000), required=False)
    data_hash = serializers.RegexField(_SHA256, help_text="SHA-256 in hex, without `0x`")
    dtypes = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    null_counts = serializers.DictField(child=_count(0), required=False)
    unique_counts = serializers.DictField(child=_count(0), required=False)


class ExportDetails(ClosedSerializer):
    chain_model_id = serializers.RegexField(
        r"^[1-9][0-9]{0,77}$", required=False, help_text="The model's number on chain: a uint256 above 0, as a decimal"
    )
    benchmark_spec_id = serializers.CharField(required=False, max_length=200)
    benchmark_type = serializers.CharField(required=False, max_length=200)
    dataset_hash = serializers.RegexField(
        r"^0x[0-9a-f]{64}$", required=False, help_text="The benchmark's data: `0x` and its SHA-256 in hex"
    )
    dataset_size = _count(1, required=False, help_text="Samples in the benchmark's data")
    total_samples = _count(1, required=False, help_text="Samples that the candidate was measured on")
    max_cost_usd_micro = _count(0, required=False)
    actual_cost_usd_micro = _count(0, required=False)
    pipeline_version = serializers.CharField(required=False, max_length=200)
    data_manifest = DataManifest(required=False)

    def validate_chain_model_id(self, value: str) -> str:
        if int(value) >= 2**256:
            raise serializers.ValidationError("A uint256 is below 2^256.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(check_storable(attrs)) > MAX_BYTES:
            raise serializers.ValidationError(f"They exceed {MAX_BYTES} bytes.", code="too_large")
        return dict(attrs)
