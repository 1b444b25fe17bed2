"""Show the registry's stages in MLflow, as aliases and tags. For workers: this imports ``mlflow``.

Driven by the state and not by the event: what is written is what the stage is now, so a mirror that
runs late, twice, or after another change ends in the same place.
"""

from datetime import timedelta

from django.utils import timezone

from registry.models import ModelVersion
from registry.tracking import set_alias, set_stage
from registry.tracking_rest import TrackingUnavailable

_RETRY = timedelta(seconds=30)


def mirror_stage(version_id: int) -> None:
    """Bring MLflow up to date with a version's stage; leaves it due again while MLflow is away."""
    version = ModelVersion.objects.select_related("registered_model").get(pk=version_id)
    if version.mirror_due_at is None:
        return
    name = version.registered_model.name
    try:
        set_stage(name, version.version, version.stage)
        holders = _holders(version)
        for stage, holder in holders.items():
            set_alias(name, stage.lower(), holder)
    except TrackingUnavailable:
        ModelVersion.objects.filter(pk=version.pk, mirror_due_at=version.mirror_due_at).update(
            mirror_due_at=timezone.now() + _RETRY
        )
        raise
    if _holders(version) != holders:
        # A sibling changed its stage meanwhile, and its aliases may have been written over: once more.
        return
    # A change that came meanwhile has moved the date, and stays due.
    ModelVersion.objects.filter(pk=version.pk, mirror_due_at=version.mirror_due_at).update(mirror_due_at=None)


def _holders(version: ModelVersion) -> dict[str, int | None]:
    """The version of the same model that each aliased stage means: the one that entered it last."""
    siblings = ModelVersion.objects.filter(registered_model_id=version.registered_model_id)
    return {
        stage: siblings.filter(stage=stage).order_by("-staged_at", "-pk").values_list("version", flat=True).first()
        for stage in ("Production", "Staging")
    }
