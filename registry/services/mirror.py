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
        for stage in ("Production", "Staging"):
            holder = (
                ModelVersion.objects.filter(registered_model=version.registered_model, stage=stage)
                .order_by("-staged_at", "-pk")
                .first()
            )
            set_alias(name, stage.lower(), holder.version if holder else None)
    except TrackingUnavailable:
        ModelVersion.objects.filter(pk=version.pk, mirror_due_at=version.mirror_due_at).update(
            mirror_due_at=timezone.now() + _RETRY
        )
        raise
    # A change that came meanwhile has moved the date, and stays due.
    ModelVersion.objects.filter(pk=version.pk, mirror_due_at=version.mirror_due_at).update(mirror_due_at=None)
