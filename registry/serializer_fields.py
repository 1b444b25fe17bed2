"""Request fields of the registry's own."""

import math
from typing import Any

from rest_framework import serializers

from registry.canonical import NotCanonical, canonical_bytes
from registry.names import InvalidName, check_name, parse_stage

MAX_METADATA_BYTES = 64 * 1024
MAX_METRICS = 200
#: Deep values are read back by recursion, and from deeper in the stack than they were written.
MAX_DEPTH = 64


class ModelNameField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("A model name is text.")
        try:
            return check_name(data)
        except InvalidName as error:
            raise serializers.ValidationError(str(error), code="invalid_name") from error


class StageField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        try:
            return parse_stage(super().to_internal_value(data))
        except InvalidName as error:
            raise serializers.ValidationError(str(error), code="invalid_stage") from error


class MetricsField(serializers.DictField):
    """Metric name → finite number. Whole numbers become doubles, as MLflow holds them."""

    child = serializers.FloatField()

    def to_internal_value(self, data: Any) -> dict[str, float]:
        if not isinstance(data, dict) or not data:
            raise serializers.ValidationError("Give at least one metric, as {name: number}.", code="required")
        if len(data) > MAX_METRICS:
            raise serializers.ValidationError(f"At most {MAX_METRICS} metrics.", code="too_many")
        errors = {name: ["Not a finite number."] for name, value in data.items() if not _is_finite_number(value)}
        if errors:
            raise serializers.ValidationError(errors, code="not_finite")
        if any(not name or len(name) > 250 for name in data):
            raise serializers.ValidationError("A metric's name has 1 to 250 characters.")
        check_storable(data)
        return {name: float(value) for name, value in data.items()}


class MetadataField(serializers.JSONField):
    """Any JSON object that has an RFC 8785 form, within a size."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("metadata is an object.", code="not_an_object")
        if len(check_storable(data)) > MAX_METADATA_BYTES:
            raise serializers.ValidationError(
                f"metadata exceeds {MAX_METADATA_BYTES} bytes; log large things as MLflow artifacts.",
                code="too_large",
            )
        return data


def check_storable(data: Any) -> bytes:
    """The canonical bytes of a value that both databases keep as it is."""
    if _is_deeper_than(data, MAX_DEPTH):
        raise serializers.ValidationError(f"Nest at most {MAX_DEPTH} levels.", code="too_deep")
    try:
        text = canonical_bytes(data)
    except NotCanonical as error:
        raise serializers.ValidationError(f"Not storable: {error}", code="not_canonical") from error
    if b"\\u0000" in text:
        raise serializers.ValidationError("Text must not hold NUL characters.", code="not_canonical")
    return text


def _is_finite_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_deeper_than(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
    return True
