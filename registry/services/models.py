"""What an owner may change about a model."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from contributors.caller import Caller
from contributors.exceptions import Conflict, Forbidden
from registry.metrics import direction_of
from registry.models import Maintainer, RegisteredModel

#: Who holds a stolen key must not make its thief at home.
_BY_SIGNATURE = ("owner", "maintainers")
_OWNER_ONLY = ("owner", "maintainers", "production_needs_approval", "primary_metric_direction")


@transaction.atomic
def update_model(
    *,
    caller: Caller,
    model: RegisteredModel,
    description: str | None = None,
    owner: str | None = None,
    maintainers: Iterable[str] | None = None,
    production_needs_approval: bool | None = None,
    primary_metric_direction: str | None = None,
) -> RegisteredModel:
    """Change what is given and leave the rest. A maintainer may write the description; the rest is
    the owner's, or an operator's.

    Raises Forbidden (``not_owner``, ``direction_known``, ``signature_required``) or Conflict ``direction_in_use``.
    """
    model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
    given = {
        "owner": owner,
        "maintainers": maintainers,
        "production_needs_approval": production_needs_approval,
        "primary_metric_direction": primary_metric_direction,
    }
    if not model.is_managed_by(caller):
        raise Forbidden(f"The model {model.name!r} belongs to {model.owner}.", code="not_owner")
    is_owner = caller.is_operator or caller.address == model.owner
    if not is_owner and any(given[name] is not None for name in _OWNER_ONLY):
        raise Forbidden(f"Only the owner, {model.owner}, may change this.", code="not_owner")
    if caller.method == "api_key" and any(given[name] is not None for name in _BY_SIGNATURE):
        raise Forbidden(
            "Owner and maintainers are changed by a wallet signature, not by a key.", code="signature_required"
        )
    if description is not None:
        model.description = description
    if owner is not None and owner != model.owner:
        model.owner, model.owner_since = owner, timezone.now()
    if production_needs_approval is not None:
        model.production_needs_approval = production_needs_approval
    if primary_metric_direction is not None:
        _set_direction(caller, model, primary_metric_direction)
    model.save(update_fields=["description", "owner", "owner_since", "production_needs_approval", "metric_directions"])
    if maintainers is not None:
        _set_maintainers(model, set(maintainers))
    return RegisteredModel.objects.for_detail().get(pk=model.pk)


def _set_direction(caller: Caller, model: RegisteredModel, direction: str) -> None:
    """Turning a direction round turns a drop into a gain: a metric that everybody knows is not the
    owner's to turn, and nobody turns one by which a second version was measured."""
    metric = model.primary_metric
    known = direction_of(metric)
    if direction == direction_of(metric, model.metric_directions):
        return
    if known is not None and not caller.is_operator:
        raise Forbidden(
            f"{known.capitalize()} {metric} is better everywhere in the registry; "
            "only an operator can say otherwise for one model.",
            code="direction_known",
        )
    if model.version_count > 1:
        raise Conflict(
            "The direction is fixed once a model has a second version: gains were measured by it.",
            code="direction_in_use",
        )
    model.metric_directions = {**model.metric_directions, metric: direction}


def _set_maintainers(model: RegisteredModel, addresses: set[str]) -> None:
    model.maintainers.exclude(address__in=addresses).delete()
    present = set(model.maintainers.values_list("address", flat=True))
    Maintainer.objects.bulk_create(
        Maintainer(registered_model=model, address=address) for address in sorted(addresses - present)
    )
