"""Stages: change them, wait for approval where a model asks for it, remember who did what and why."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from contributors.caller import Caller
from contributors.exceptions import Conflict, Forbidden, NotFound
from registry.models import ModelVersion, RegisteredModel, StageTransition, TransitionRequest
from registry.queue import enqueue

#: The stages that say a version is in use; a withdrawn one cannot be in them.
PROMOTED = ("Staging", "Production")


@dataclass(frozen=True, slots=True)
class TransitionOutcome:
    """``waiting`` is set where somebody else has to decide; else the stage is changed."""

    version: ModelVersion
    waiting: TransitionRequest | None = None


def request_transition(
    *, caller: Caller, version: ModelVersion, stage: str, comment: str, archive_existing_versions: bool
) -> TransitionOutcome:
    """Change a version's stage, or ask for it where Production needs approval.

    Raises Forbidden ``not_owner``, Conflict (``withdrawn``, ``already_in_stage``, ``already_requested``,
    ``stage_changed``).
    """
    _check_manager(caller, version)
    if version.withdrawn_at is not None and stage in PROMOTED:
        raise Conflict("This version was withdrawn; promote another.", code="withdrawn")
    if version.stage == stage:
        raise Conflict(f"This version is in stage {stage} already.", code="already_in_stage")
    if stage == "Production" and version.registered_model.production_needs_approval and not caller.is_operator:
        return TransitionOutcome(
            version, _wait_for_approval(caller, version, stage, comment, archive_existing_versions)
        )
    with transaction.atomic():
        _apply(version, stage, caller.address, None, comment, archive_existing_versions)
    version.refresh_from_db(fields=["stage", "staged_at"])
    return TransitionOutcome(version)


def decide_transition(
    *, caller: Caller, version: ModelVersion, request_id: int, approve: bool, comment: str
) -> TransitionRequest:
    """Approve or reject a waiting change; not by the one who asked for it.

    Raises Forbidden (``not_owner``, ``own_request``), NotFound, Conflict (``already_decided``,
    ``already_in_stage``, ``stage_changed``, ``withdrawn``).
    """
    _check_manager(caller, version)
    request = TransitionRequest.objects.filter(pk=request_id, version=version).first()
    if request is None:
        raise NotFound("This version has no such transition request.")
    if request.requested_by == caller.address and not caller.is_operator:
        raise Forbidden("Somebody other than the one who asked has to decide.", code="own_request")
    state = TransitionRequest.State.APPROVED if approve else TransitionRequest.State.REJECTED
    with transaction.atomic():
        decided = TransitionRequest.objects.filter(pk=request.pk, state=TransitionRequest.State.WAITING).update(
            state=state, decided_by=caller.address, decided_at=timezone.now(), decision_comment=comment
        )
        if not decided:
            raise Conflict("This request was decided before.", code="already_decided")
        if approve:
            if version.withdrawn_at is not None:
                raise Conflict("This version was withdrawn; reject the request.", code="withdrawn")
            if version.stage == request.to_stage:
                raise Conflict("This version is in that stage already; reject the request.", code="already_in_stage")
            _apply(
                version,
                request.to_stage,
                request.requested_by,
                caller.address,
                request.comment,
                request.archive_existing_versions,
            )
    request.refresh_from_db()
    return request


def _check_manager(caller: Caller, version: ModelVersion) -> None:
    if not version.registered_model.is_managed_by(caller):
        raise Forbidden(
            f"Only the owner, a maintainer or an operator changes {version.registered_model.name}.",
            code="not_owner",
        )


def _wait_for_approval(
    caller: Caller, version: ModelVersion, stage: str, comment: str, archive: bool
) -> TransitionRequest:
    try:
        with transaction.atomic():
            return TransitionRequest.objects.create(
                version=version,
                to_stage=stage,
                archive_existing_versions=archive,
                requested_by=caller.address,
                comment=comment,
            )
    except IntegrityError as error:
        raise Conflict("This change is waiting for a decision already.", code="already_requested") from error


def _apply(
    version: ModelVersion,
    stage: str,
    requested_by: str | None,
    approved_by: str | None,
    comment: str,
    archive_existing: bool,
) -> None:
    # One at a time for a model: two that archive each other's versions would wait for each other for ever.
    RegisteredModel.objects.select_for_update().get(pk=version.registered_model_id)
    move_stage(version, version.stage, stage, requested_by=requested_by, approved_by=approved_by, comment=comment)
    if archive_existing and stage in PROMOTED:
        others = ModelVersion.objects.filter(registered_model=version.registered_model, stage=stage)
        for other in others.exclude(pk=version.pk):
            move_stage(
                other,
                stage,
                "Archived",
                requested_by=requested_by,
                approved_by=approved_by,
                comment=f"Replaced by version {version.version}.",
            )


def move_stage(
    version: ModelVersion,
    before: str,
    after: str,
    *,
    requested_by: str | None,
    approved_by: str | None,
    comment: str,
) -> None:
    """Change the stage and remember it. Within a transaction. Raises Conflict ``stage_changed``."""
    now = timezone.now()
    unmoved = ModelVersion.objects.filter(pk=version.pk, stage=before)
    if after in PROMOTED:
        unmoved = unmoved.filter(withdrawn_at=None)
    if not unmoved.update(stage=after, staged_at=now, mirror_due_at=now):
        raise Conflict("The stage was changed by another request; read the version again.", code="stage_changed")
    StageTransition.objects.create(
        version=version,
        from_stage=before,
        to_stage=after,
        requested_by=requested_by,
        approved_by=approved_by,
        comment=comment,
        happened_at=now,
    )
    enqueue("registry.mirror_stage", version.pk)
