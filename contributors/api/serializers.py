from datetime import datetime
from ipaddress import ip_network
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contributors.models import ApiKey, Scope


@extend_schema_field(OpenApiTypes.STR)
class NetworkField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        try:
            return str(ip_network(super().to_internal_value(data), strict=False))
        except ValueError as error:
            raise serializers.ValidationError("Give an IP network such as 192.0.2.0/24.") from error


class NewApiKeySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False, max_length=len(Scope)
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    allowed_networks = serializers.ListField(child=NetworkField(), required=False, default=list, max_length=32)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("expires_at lies in the past.")
        return value


class RotateApiKeySerializer(serializers.Serializer[Any]):
    grace_seconds = serializers.IntegerField(required=False, default=86_400, min_value=0, max_value=2_592_000)


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = [
            "id", "prefix", "name", "address", "scopes", "allowed_networks", "rate_limit",
            "created_at", "expires_at", "last_used_at", "revoked_at", "rotated_to",
        ]  # fmt: skip


class IssuedApiKeySerializer(ApiKeySerializer):
    key = serializers.CharField(help_text="The key itself, shown this once.")

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "key"]
