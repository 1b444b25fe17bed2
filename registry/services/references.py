"""From a model id, as a caller writes it, to the version it means now."""

from contributors.exceptions import InvalidInput, NotFound
from registry.models import ModelVersion, RegisteredModel
from registry.models.version import ModelVersionQuerySet
from registry.names import InvalidName, ModelReference, is_name, parse_reference


def resolve(text: str, *, field: str = "model_id", queryset: ModelVersionQuerySet | None = None) -> ModelVersion:
    """The version that ``name:3``, ``name:latest`` or ``name@Production`` means.

    Raises InvalidInput (no model id) or NotFound ``model_not_found``.
    """
    try:
        reference = parse_reference(text)
    except InvalidName as error:
        raise InvalidInput.field(field, str(error), code="invalid_model_id") from error
    return resolve_reference(reference, text=text, queryset=queryset)


def resolve_reference(
    reference: ModelReference, *, text: str, queryset: ModelVersionQuerySet | None = None
) -> ModelVersion:
    versions = ModelVersion.objects.for_detail() if queryset is None else queryset
    found = versions.referred_to(reference).first()
    if found is None:
        raise NotFound(
            f"No model version {text!r} is registered; GET /api/models lists what is.", code="model_not_found"
        )
    return found


def get_model(name: str) -> RegisteredModel:
    """A registered model by name. Raises NotFound ``model_not_found``."""
    known = is_name(name)
    found = RegisteredModel.objects.for_detail().filter(name=name).first() if known else None
    if found is None:
        raise NotFound(f"No model {name[:128]!r} is registered; GET /api/models lists what is.", code="model_not_found")
    return found
