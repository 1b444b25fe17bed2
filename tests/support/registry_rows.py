"""Rows of the registry as its own services would leave them, made without MLflow."""

import json
import uuid
from typing import Any

from django.db.models import F
from django.utils import timezone

from registry.canonical import canonical_bytes, canonical_digest
from registry.evidence import ModelFiles, snapshot_content
from registry.models import Contribution, EvidenceSnapshot, MetricClaim, ModelVersion, RegisteredModel
from registry.runs import Metric, Run
from registry.services.standings import next_standing
from tests.support.wallets import ALICE


def make_model(name: str = "digits", owner: str = ALICE.address, **fields: Any) -> RegisteredModel:
    defaults = {"owner": owner, "model_type": "classification", "primary_metric": "accuracy", **fields}
    model, _ = RegisteredModel.objects.get_or_create(name=name, defaults=defaults)
    return model


def make_version(
    model: RegisteredModel | None = None,
    *,
    accuracy: float = 0.8,
    metrics: dict[str, float] | None = None,
    verification: str = "verified",
    contributors: dict[str, int] | None = None,
    **fields: Any,
) -> ModelVersion:
    """A version that follows the newest of its model, verified unless told otherwise.

    ``contributors`` maps addresses to weight_bps.
    """
    model = model or make_model()
    model.refresh_from_db()
    metrics = metrics or {model.primary_metric: accuracy}
    run_id = fields.pop("mlflow_run_id", uuid.uuid4().hex)
    fields.setdefault("baseline", model.latest_version)
    version = ModelVersion.objects.create(
        registered_model=model,
        version=fields.pop("version", model.version_count + 1),
        mlflow_run_id=run_id,
        model_uri=f"runs:/{run_id}/model",
        registered_by=fields.pop("registered_by", model.owner),
        primary_value=metrics[model.primary_metric],
        verification=verification,
        pull_due_at=None,
        standing=next_standing(model.pk),
        **fields,
    )
    claim = MetricClaim.objects.create(version=version, metrics=metrics, claimed_by=version.registered_by)
    values: dict[str, Any] = {"claim": claim}
    if verification in ("verified", "mismatched", "tampered"):
        snapshot = make_snapshot(version, metrics)
        values |= {"snapshot": snapshot, "artifact_digest": fields.get("artifact_digest") or snapshot.artifact_digest}
    if verification in ("verified", "tampered"):
        values["verified_at"] = timezone.now()
    ModelVersion.objects.filter(pk=version.pk).update(**values)
    for address, weight in (contributors or {}).items():
        Contribution.objects.create(version=version, address=address, weight_bps=weight)
    RegisteredModel.objects.filter(pk=model.pk).update(version_count=F("version_count") + 1, latest_version=version)
    return ModelVersion.objects.for_detail().get(pk=version.pk)


def make_snapshot(version: ModelVersion, metrics: dict[str, float]) -> EvidenceSnapshot:
    run = Run(
        run_id=version.mlflow_run_id,
        experiment_id="1",
        status="FINISHED",
        deleted=False,
        start_ms=1_700_000_000_000,
        end_ms=1_700_000_060_000,
        artifact_uri=f"mlflow-artifacts:/1/{version.mlflow_run_id}/artifacts",
        metrics={name: Metric(value, 1_700_000_030_000, 0) for name, value in metrics.items()},
        params={"max_depth": "10"},
        tags={},
        logged_model_ids=(),
    )
    hashes = {"MLmodel": canonical_digest(version.mlflow_run_id).removeprefix("sha256:")}
    files = ModelFiles(digest=canonical_digest(hashes), hashes=hashes, total_bytes=10, logged_model_id=None)
    content = snapshot_content(run, files)
    return EvidenceSnapshot.objects.create(
        version=version,
        digest=canonical_digest(content),
        artifact_digest=files.digest,
        canonical_text=canonical_bytes(content).decode(),
    )


def as_json(response: Any) -> Any:
    return json.loads(response.content)
