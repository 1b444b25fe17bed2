"""Fill in or correct what exports of a version's attestations need. For operators."""

from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError

from contributors.caller import Caller
from contributors.exceptions import Forbidden, InvalidInput
from registry.export_details import ExportDetails
from registry.models import ModelVersion
from registry.services.chain_models import set_chain_model


def checked_export_details(details: Any) -> dict[str, Any]:
    """The details as they are stored. Raises InvalidInput."""
    form = ExportDetails(data=details)
    try:
        form.is_valid(raise_exception=True)
    except ValidationError as error:
        raise InvalidInput.field("export_details", _sentence(error.detail)) from error
    return dict(form.validated_data)


@transaction.atomic
def set_export_details(*, caller: Caller, version: ModelVersion, details: Any) -> dict[str, Any]:
    """Replace them all; gives them as stored. Raises Forbidden ``operators_only``, InvalidInput or
    Conflict ``chain_model_taken``.

    A registrant gives them once, with the registration: what was signed for a chain must not be changed
    under it by whoever profits.
    """
    if not caller.is_operator:
        raise Forbidden(
            "Export details are given at registration; after it only an operator changes them.", code="operators_only"
        )
    checked = checked_export_details(details)
    if "chain_model_id" in checked:
        set_chain_model(model=version.registered_model, chain_model_id=checked["chain_model_id"])
    ModelVersion.objects.filter(pk=version.pk).update(export_details=checked)
    return checked


def _sentence(detail: Any) -> str:
    """DRF's nested errors in one line: ``data_manifest.row_count: A valid integer is required.``"""
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_sentence(inner)}" for name, inner in detail.items())
    return " ".join(_sentence(inner) for inner in detail) if isinstance(detail, list) else str(detail)
