"""registry.services.evidence.pull: what is found when a claim is held against MLflow"""

import json
import math
from datetime import timedelta

import pytest
from django.utils import timezone

from registry.models import EvidenceSnapshot, ModelVersion
from registry.services.evidence import next_pull, pull
from registry.tracking_rest import TrackingUnavailable
from tests.registry.calls import register, send
from tests.registry.mlflow_calls import bare_run, delete_artifact
from tests.support.ports import free_port
from tests.support.problems import assert_problem

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_it_works(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run({"accuracy": 0.9, "loss": 0.1}, tags={"team": "x"}))
    assert (version.verification, version.snapshot) == ("pending", None)
    version = pull(version.pk)
    assert (version.verification, version.verification_detail) == ("verified", {})
    assert version.verified_at is not None
    assert (version.pull_failures, version.pull_lease_until) == (0, None)
    content = version.snapshot.content
    assert content["run"]["status"] == "FINISHED"
    assert content["metrics"]["accuracy"]["value"] == "0.9"
    assert int(content["metrics"]["accuracy"]["timestamp_ms"]) > 0
    assert content["params"] == {"max_depth": "10"}
    assert content["tags"]["team"] == "x"
    assert set(content["artifacts"]["files"]) == {"MLmodel", "data/weights.bin"}
    assert version.artifact_digest == version.snapshot.artifact_digest == content["artifacts"]["digest"]


def test_the_answer_shows_the_evidence_level(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run())
    pull(version.pk)
    answer = send("GET", f"/api/models/{version.registered_model.name}/1").json()
    assert (answer["verification"], answer["evidence_level"]) == ("verified", "mlflow_verified")
    assert answer["artifact_digest"].startswith("sha256:")
    assert answer["snapshot_digest"].startswith("sha256:")


def test_a_metric_that_was_not_logged(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run(), metrics={"accuracy": 0.9, "f1_score": 0.8}).pk)
    assert version.verification == "mismatched"
    assert version.verification_detail == {
        "mismatches": [{"field": "metrics.f1_score", "claimed": 0.8, "mlflow": None}],
    }
    assert (version.verified_at, version.evidence_level) == (None, "claimed")


@pytest.mark.parametrize("claimed", [0.95, 0.9000000000000001, -0.9, 0.0, 90])
def test_a_wrong_value(mlflow_runs, claim, claimed):
    version = pull(claim(mlflow_runs.finished_run({"accuracy": 0.9}), metrics={"accuracy": claimed}).pk)
    assert version.verification == "mismatched"
    assert version.verification_detail["mismatches"] == [
        {"field": "metrics.accuracy", "claimed": claimed, "mlflow": 0.9}
    ]


@pytest.mark.parametrize("value", [1 / 3, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e23, 0.0, 1])
def test_doubles_survive_the_way_through_mlflow(mlflow_runs, claim, value):
    version = pull(claim(mlflow_runs.finished_run({"accuracy": value}), metrics={"accuracy": value}).pk)
    assert version.verification == "verified", version.verification_detail


@pytest.mark.parametrize("logged", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_has_not(mlflow_runs, claim, logged):
    version = pull(claim(mlflow_runs.finished_run({"accuracy": logged, "other": "NaN"})).pk)
    assert version.verification == "mismatched"
    (found,) = version.verification_detail["mismatches"]
    assert (found["field"], found["claimed"]) == ("metrics.accuracy", 0.9)
    # MLflow's SQL stores keep an infinity as the largest double.
    if logged == "NaN":
        assert found["mlflow"] == "NaN"
    else:
        assert float(found["mlflow"]) == math.copysign(1.7976931348623157e308, float(logged))
    assert send("GET", f"/api/models/{version.registered_model.name}/1").status_code == 200


def test_a_corrected_claim(mlflow_runs, claim, alice, bob):
    run_id = mlflow_runs.finished_run({"accuracy": 0.9})
    version = pull(claim(run_id, model_name="corrected", metrics={"accuracy": 0.95}).pk)
    assert version.verification == "mismatched"
    body = mlflow_runs.body(run_id, model_name="corrected")
    assert_problem(register(bob, body), 403, "not_owner")
    assert_problem(register(alice, {**body, "metadata": {}}), 409, "already_registered")
    assert_problem(register(alice, {**body, "metrics": {"f1": 0.9}}), 400, "invalid")
    answer = register(alice, body)
    assert (answer.status_code, answer.json()["model_id"]) == (200, "corrected:1")
    assert (answer.json()["verification"], answer.json()["metrics"]) == ("pending", {"accuracy": 0.9})
    version = pull(version.pk)
    assert (version.verification, version.primary_value) == ("verified", 0.9)
    claims = send("GET", "/api/models/corrected/1").json()["claims"]
    assert [row["metrics"] for row in claims] == [{"accuracy": 0.95}, {"accuracy": 0.9}]
    assert {row["claimed_by"] for row in claims} == {alice.address}
    # Once verified, no claim is corrected any more.
    assert_problem(register(alice, {**body, "metrics": {"accuracy": 0.95}}), 409, "already_registered")


def test_a_deleted_run_is_missing_and_restored_is_verified(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run()).pk)
    mlflow_runs.call("runs/delete", {"run_id": version.mlflow_run_id})
    gone = pull(version.pk)
    assert (gone.verification, gone.snapshot) == ("missing", version.snapshot)
    assert "deleted" in gone.verification_detail["reason"]
    mlflow_runs.call("runs/restore", {"run_id": version.mlflow_run_id})
    back = pull(version.pk)
    assert (back.verification, back.verified_at) == ("verified", version.verified_at)


def test_a_run_without_artifacts_is_missing(mlflow_runs, claim):
    version = pull(claim(bare_run(mlflow_runs)).pk)
    assert (version.verification, version.snapshot) == ("missing", None)
    assert "no files" in version.verification_detail["reason"]
    mlflow_runs.put_artifact(f"{mlflow_runs.experiment_id}/{version.mlflow_run_id}/artifacts/model/MLmodel", b"x")
    assert pull(version.pk).verification == "verified"


def test_artifacts_that_were_deleted_are_missing(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run(files={"MLmodel": b"x"})).pk)
    folder = f"{mlflow_runs.experiment_id}/{version.mlflow_run_id}/artifacts"
    delete_artifact(mlflow_runs, f"{folder}/model/MLmodel")
    assert pull(version.pk).verification == "missing"


def test_a_run_that_went_back_to_running_before_it_was_seen(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run())
    mlflow_runs.call("runs/update", {"run_id": version.mlflow_run_id, "status": "RUNNING"})
    version = pull(version.pk)
    assert version.verification == "mismatched"
    assert version.verification_detail["mismatches"][0]["field"] == "status"


def away(settings) -> None:
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"


def test_mlflow_away(mlflow_runs, claim, settings):
    version = claim(mlflow_runs.finished_run())
    there = settings.MLFLOW_TRACKING_URI
    away(settings)
    waits = []
    for failures in range(1, 5):
        before = timezone.now()
        with pytest.raises(TrackingUnavailable):
            pull(version.pk)
        version.refresh_from_db()
        assert (version.verification, version.pull_failures) == ("unreachable", failures)
        assert version.pull_lease_until is None
        waits.append((version.pull_due_at - before).total_seconds())
    assert [round(wait) for wait in waits] == [2, 4, 8, 16]
    settings.MLFLOW_TRACKING_URI = there
    version = pull(version.pk)
    assert (version.verification, version.pull_failures) == ("verified", 0)


def test_the_backoff_has_an_end(mlflow_runs, claim, settings):
    version = claim(mlflow_runs.finished_run())
    ModelVersion.objects.update(pull_failures=10_000)
    away(settings)
    with pytest.raises(TrackingUnavailable):
        pull(version.pk)
    version.refresh_from_db()
    assert version.pull_due_at <= timezone.now() + timedelta(minutes=10)


def test_what_was_verified_stays_so_while_mlflow_is_away(mlflow_runs, claim, settings):
    version = pull(claim(mlflow_runs.finished_run()).pk)
    away(settings)
    with pytest.raises(TrackingUnavailable):
        pull(version.pk)
    version.refresh_from_db()
    assert (version.verification, version.pull_failures) == ("verified", 1)
    assert version.pull_due_at < timezone.now() + timedelta(seconds=5)


def test_what_nobody_foresaw_is_tried_again_later(mlflow_runs, claim, monkeypatch):
    version = claim(mlflow_runs.finished_run())

    def fail(*_):
        raise KeyError("info")

    monkeypatch.setattr("registry.services.evidence.read_run", fail)
    with pytest.raises(KeyError):
        pull(version.pk)
    version.refresh_from_db()
    assert (version.verification, version.pull_failures, version.pull_lease_until) == ("pending", 1, None)
    assert version.pull_due_at > timezone.now()


def test_an_unchanged_run_adds_no_snapshot(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run())
    digests = {pull(version.pk).snapshot.digest for _ in range(3)}
    assert len(digests) == 1
    assert EvidenceSnapshot.objects.count() == 1


def test_a_snapshot_is_the_text_that_was_hashed(mlflow_runs, claim):
    import hashlib

    snapshot = pull(claim(mlflow_runs.finished_run(params={"ü": "é €"})).pk).snapshot
    assert snapshot.digest == "sha256:" + hashlib.sha256(snapshot.canonical_text.encode()).hexdigest()
    assert json.loads(snapshot.canonical_text)["params"] == {"ü": "é €"}


def test_pulls_thin_out_with_age(settings):
    now = timezone.now()
    ages = [timedelta(0), timedelta(hours=1), timedelta(hours=8), timedelta(days=40), timedelta(days=4000)]
    waits = [next_pull(ModelVersion(registered_at=now - age), now) - now for age in ages]
    hour = timedelta(seconds=settings.HOKUSAI_REPULL_SECONDS)
    assert waits == [hour, hour, timedelta(hours=2), timedelta(days=10), timedelta(days=30)]


def test_a_withdrawn_version_is_not_pulled_again(mlflow_runs, claim, alice):
    version = claim(mlflow_runs.finished_run())
    assert send("DELETE", f"/api/models/{version.registered_model.name}/1", wallet=alice).status_code == 200
    assert pull(version.pk).pull_due_at is None
