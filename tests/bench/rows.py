"""Fill a registry's database: ``… standalone tests.bench.rows <versions>``, with the registry's environment.

Writes an API key of ALICE's to stdout. The rows are those of verified versions, each with its claim,
snapshot and contribution, and each the successor of the one before it under its model.
"""

import sys
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from contributors.models import Scope
from contributors.services.api_keys import issue_key
from registry.models import Contribution, EvidenceSnapshot, MetricClaim, ModelVersion, RegisteredModel
from tests.bench.names import MODELS, model_name
from tests.support.wallets import ALICE

_DIGEST = "sha256:" + "0" * 64
_BATCH = 10_000


def main(count: int) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    # Versions, claims and snapshots point at each other: their constraints are checked at the end.
    with transaction.atomic():
        fill(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _, token = issue_key(address=ALICE.address, name="bench", scopes=Scope.values)
    print(token)


def fill(count: int) -> None:
    RegisteredModel.objects.bulk_create(
        RegisteredModel(
            pk=number,
            name=model_name(number),
            owner=ALICE.address,
            model_type="classification",
            primary_metric="accuracy",
            version_count=count // MODELS,
            last_standing=count // MODELS,
            latest_version_id=count - MODELS + number,
        )
        for number in range(1, MODELS + 1)
    )
    ModelVersion.objects.bulk_create(versions(count), batch_size=_BATCH)
    numbers = range(1, count + 1)
    MetricClaim.objects.bulk_create(
        (
            MetricClaim(pk=n, version_id=n, metrics={"accuracy": 0.9, "f1": 0.8}, claimed_by=ALICE.address)
            for n in numbers
        ),
        batch_size=_BATCH,
    )
    EvidenceSnapshot.objects.bulk_create(
        (
            EvidenceSnapshot(
                pk=n,
                version_id=n,
                digest=_DIGEST,
                artifact_digest=_DIGEST,
                canonical_text='{"filler":"' + "x" * 500 + '"}',
            )
            for n in numbers
        ),
        batch_size=_BATCH,
    )
    Contribution.objects.bulk_create(
        (Contribution(version_id=n, address=ALICE.address, weight_bps=10_000) for n in numbers), batch_size=_BATCH
    )


def versions(count: int) -> Iterator[ModelVersion]:
    """Version ``n`` belongs to model ``(n - 1) % MODELS + 1``, so that the newest page mixes nothing."""
    now = timezone.now()
    for n in range(1, count + 1):
        yield ModelVersion(
            pk=n,
            registered_model_id=(n - 1) % MODELS + 1,
            version=(n - 1) // MODELS + 1,
            mlflow_run_id=f"{n:032x}",
            model_uri=f"runs:/{n:032x}/model",
            metadata={"framework": "scikit-learn"},
            registered_by=ALICE.address,
            standing=(n - 1) // MODELS + 1,
            baseline_id=n - MODELS if n > MODELS else None,
            baseline_inferred=n > MODELS,
            claim_id=n,
            snapshot_id=n,
            verification="verified",
            verified_at=now,
            primary_value=0.9,
            artifact_digest=_DIGEST,
            pull_due_at=None,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
