"""registry.services.evidence.pull: what changed after the first look"""

import pytest

from registry.append_only import AppendOnlyViolation
from registry.models import EvidenceSnapshot, MetricClaim, ModelVersion
from registry.services.evidence import pull
from tests.registry.mlflow_calls import call

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def verified(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run({"accuracy": 0.9, "unclaimed": 1})).pk)
    assert version.verification == "verified"
    return version


def put(runs, version, path, data):
    runs.put_artifact(f"{runs.experiment_id}/{version.mlflow_run_id}/artifacts/model/{path}", data)


CHANGES = {
    "metric": (lambda r, v: r.log(v.mlflow_run_id, {"accuracy": 0.99}), "metrics.accuracy"),
    "artifact": (lambda r, v: put(r, v, "data/weights.bin", b"other"), "artifact_digest"),
    "further artifact": (lambda r, v: put(r, v, "data/more.bin", b""), "artifact_digest"),
    "param": (lambda r, v: r.log(v.mlflow_run_id, {}, params={"added": "1"}), "params.added"),
    "status": (lambda r, v: r.call("runs/update", {"run_id": v.mlflow_run_id, "status": "FAILED"}), "status"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_tampering(mlflow_runs, verified, change):
    alter, field = CHANGES[change]
    alter(mlflow_runs, verified)
    after = pull(verified.pk)
    assert (after.verification, after.evidence_level) == ("tampered", "claimed")
    (found,) = after.verification_detail["changes"]
    assert found["field"] == field
    assert found["snapshot"] != found["mlflow"]
    assert after.verification_detail["found_at"].endswith("Z")
    # What it is held against stays what was seen first, and both are kept.
    assert (after.snapshot, after.artifact_digest) == (verified.snapshot, verified.artifact_digest)
    assert after.verified_at == verified.verified_at
    assert EvidenceSnapshot.objects.count() == 2


def test_changing_it_back_does_not_help(mlflow_runs, verified):
    mlflow_runs.log(verified.mlflow_run_id, {"accuracy": 0.99})
    first = pull(verified.pk)
    mlflow_runs.log(verified.mlflow_run_id, {"accuracy": 0.9})
    again = pull(verified.pk)
    assert (again.verification, again.verification_detail) == ("tampered", first.verification_detail)


def test_deleting_the_run_does_not_hide_it(mlflow_runs, verified):
    put(mlflow_runs, verified, "MLmodel", b"other")
    pull(verified.pk)
    mlflow_runs.call("runs/delete", {"run_id": verified.mlflow_run_id})
    assert pull(verified.pk).verification == "tampered"


@pytest.mark.parametrize("change", ["tags", "unclaimed metric", "metric logged again", "artifact put again", "alias"])
def test_what_is_no_tampering(mlflow_runs, verified, change):
    run_id = verified.mlflow_run_id
    if change == "tags":
        mlflow_runs.log(run_id, {}, tags={"hokusai.stage": "Production", "note": "x"})
    elif change == "unclaimed metric":
        mlflow_runs.log(run_id, {"unclaimed": 2, "new": 3})
    elif change == "metric logged again":
        mlflow_runs.log(run_id, {"accuracy": 0.9})
    elif change == "artifact put again":
        put(mlflow_runs, verified, "data/weights.bin", b"\x00\x01")
    else:
        name = verified.registered_model.name
        call(mlflow_runs, "POST", "mlflow/registered-models/alias", {"name": name, "alias": "x", "version": "1"})
    after = pull(verified.pk)
    assert after.verification == "verified", after.verification_detail
    assert after.snapshot == verified.snapshot


def test_what_is_outside_the_model_does_not_count(mlflow_runs, verified):
    folder = f"{mlflow_runs.experiment_id}/{verified.mlflow_run_id}/artifacts"
    mlflow_runs.put_artifact(f"{folder}/metrics.json", b"{}")
    mlflow_runs.put_artifact(f"{folder}/model2/MLmodel", b"x")
    assert pull(verified.pk).verification == "verified"


def test_a_mismatched_claim_is_not_made_true_afterwards(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run({"accuracy": 0.9}), metrics={"accuracy": 0.95}).pk)
    mlflow_runs.log(version.mlflow_run_id, {"accuracy": 0.95})
    assert pull(version.pk).verification == "tampered"


@pytest.mark.parametrize("model", [EvidenceSnapshot, MetricClaim])
def test_evidence_rows_are_written_once(verified, model):
    row = model.objects.get()
    for forbidden in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(version=verified),
        lambda: model.objects.bulk_update([row], ["version"]),
        lambda: verified.snapshots.update(digest="x"),
        lambda: verified.claims.all().delete(),
    ):
        with pytest.raises(AppendOnlyViolation):
            forbidden()
    assert model.objects.get() == row


def test_a_version_with_evidence_is_not_deleted(verified):
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        ModelVersion.objects.filter(pk=verified.pk).delete()


def test_text_that_postgresql_cannot_keep_hides_no_tampering(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run()).pk)
    assert version.verification == "verified"
    mlflow_runs.call("runs/log-parameter", {"run_id": version.mlflow_run_id, "key": "late", "value": "a\0b"})
    version = pull(version.pk)
    assert version.verification == "tampered"
    assert version.verification_detail["changes"] == [{"field": "params.late", "snapshot": None, "mlflow": "a\\u0000b"}]
