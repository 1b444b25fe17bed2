"""Which model a number on chain means: mint requests are signed for it, so it is one model's alone."""

from django.db import IntegrityError, transaction

from contributors.exceptions import Conflict
from registry.models import RegisteredModel


def bind_chain_model(*, model: RegisteredModel, chain_model_id: str | None) -> None:
    """Give a model the number that its registrant names. The first to name one has it.

    Raises Conflict (``chain_model_taken``, ``chain_model_differs``).
    """
    if chain_model_id is None or chain_model_id == model.chain_model_id:
        return
    if model.chain_model_id is not None:
        raise Conflict(
            f"{model.name!r} is model {model.chain_model_id} on chain; only an operator can change that.",
            code="chain_model_differs",
        )
    set_chain_model(model=model, chain_model_id=chain_model_id)


def set_chain_model(*, model: RegisteredModel, chain_model_id: str | None) -> None:
    """Give a model another number, or none. For operators. Raises Conflict ``chain_model_taken``."""
    try:
        with transaction.atomic():
            RegisteredModel.objects.filter(pk=model.pk).update(chain_model_id=chain_model_id)
    except IntegrityError as error:
        raise Conflict(
            f"Another registered model is model {chain_model_id} on chain; only an operator can change that.",
            code="chain_model_taken",
        ) from error
