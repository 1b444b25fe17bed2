"""The one request field that takes an Ethereum address."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contributors.ethereum import InvalidAddress, checksum_address


@extend_schema_field({"type": "string", "pattern": "^0[xX][0-9a-fA-F]{40}$"})
class AddressField(serializers.CharField):
    """An Ethereum address in, its EIP-55 spelling out."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return checksum_address(data)
        except InvalidAddress as error:
            raise serializers.ValidationError(str(error), code="invalid_address") from error
