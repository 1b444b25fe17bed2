"""The one model field that holds an Ethereum address."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from contributors.ethereum import InvalidAddress, checksum_address


class AddressField(models.CharField):
    """An address, stored in EIP-55: one spelling an address, so plain equality and indexes serve."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 42)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs

    def to_python(self, value: Any) -> str | None:
        if value is None or value == "":
            return value
        try:
            return checksum_address(value)
        except InvalidAddress as error:
            raise ValidationError(str(error), code="invalid_address") from error

    def get_prep_value(self, value: Any) -> str | None:
        return self.to_python(value)
