"""Withdraw a version: it stays readable and leaves all totals."""

from django.db import transaction
from django.utils import timezone

from contributors.caller import Caller
from contributors.exceptions import Conflict, Forbidden
from registry.models import ModelVersion
from registry.services.stages import PROMOTED, move_stage


@transaction.atomic
def withdraw_version(*, caller: Caller, version: ModelVersion) -> None:
    """Take a version out of the totals, and out of the stages that say it is in use.

    Raises Forbidden ``not_owner`` or Conflict ``already_withdrawn``.
    """
    if not version.registered_model.is_managed_by(caller):
        raise Forbidden(
            f"Only the owner, a maintainer or an operator withdraws a version of {version.registered_model.name}.",
            code="not_owner",
        )
    if not ModelVersion.objects.filter(pk=version.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=caller.address, pull_due_at=None
    ):
        raise Conflict("This version was withdrawn before.", code="already_withdrawn")
    # Read after the update, which holds the row: nobody promotes it from here on.
    stage = ModelVersion.objects.values_list("stage", flat=True).get(pk=version.pk)
    if stage in PROMOTED:
        move_stage(version, stage, "Archived", requested_by=caller.address, approved_by=None, comment="Withdrawn.")
