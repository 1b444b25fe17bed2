"""POST /api/models/{model_id}/attestation, with a real worker, broker and MLflow."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from attestations.keyring import current_signer, log_key
from attestations.models import Attestation, AttestationRequest, AttesterKey
from attestations.services import issue
from attestations.services.build import build_if_due
from attestations.signing import KeySigner
from attestations.tasks import build_task, sweep
from attestations.verification import Trust, run_checks
from registry.models import ModelVersion
from registry.services.evidence import pull
from tests.support.guide_calls import ask
from tests.support.worker import running_worker

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker():
    with running_worker():
        yield


@pytest.mark.usefixtures("worker")
def test_it_works(improvement, alice):
    baseline, candidate = improvement
    response = ask(
        candidate,
        alice,
        baseline_model_id=baseline,
        attestation_type="performance_improvement",
        metadata={"timestamp": "2026-01-31T12:00:00", "contributor": alice.address},
    )
    assert response.status_code == 201, response.content
    bundle = response.json()
    signer = bundle["signature"]["signer"]
    assert all(check.ok for check in run_checks(bundle, Trust(frozenset({signer}), log_key().verifier)))
    assert bundle["statement"]["predicate"]["candidate"]["model_id"] == candidate
    version = ModelVersion.objects.get(pk=Attestation.objects.get().candidate_id)
    assert version.attestation_hash == bundle["hash"]


@pytest.mark.usefixtures("worker")
def test_the_same_again_is_the_same_attestation(improvement, alice, bob):
    _, candidate = improvement
    first = ask(candidate, alice, metadata={"n": 1})
    again = ask(candidate, bob, metadata={"n": 2})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Attestation.objects.count() == 1


@pytest.mark.usefixtures("worker")
def test_many_at_once_make_one(improvement, alice):
    _, candidate = improvement

    go = in_thread(lambda _: ask(candidate, alice, headers={"Prefer": "respond-async"}).status_code)
    with ThreadPoolExecutor(12) as pool:
        statuses = set(pool.map(go, range(12)))
    assert statuses <= {200, 201, 202}
    final = ask(candidate, alice)
    assert final.status_code == 200
    assert Attestation.objects.count() == 1
    assert not AttestationRequest.objects.filter(state="refused").exists()


def test_respond_async_does_not_wait_and_loses_nothing(improvement, alice):
    """No worker runs: the request is kept, and the sweep's work builds it later."""
    _, candidate = improvement
    response = ask(candidate, alice, headers={"Prefer": "respond-async"})
    assert response.status_code == 202
    assert response["Retry-After"]
    queued = Client().get(response["Location"]).json()
    assert queued["state"] == "queued"
    build_if_due(queued["id"])
    done = Client().get(response["Location"]).json()
    assert done["state"] == "done"
    assert done["attestation"] == Attestation.objects.get().hash


@pytest.mark.usefixtures("worker")
def test_a_run_changed_since_is_found_by_the_last_pull(mlflow_runs, improvement, alice):
    _, candidate = improvement
    for version in ModelVersion.objects.order_by("pk"):
        assert pull(version.pk).verification == "verified"
    version = ModelVersion.objects.order_by("pk").last()
    mlflow_runs.log(version.mlflow_run_id, {"accuracy": 0.99})
    response = ask(candidate, alice)
    assert (response.status_code, response.json()["code"]) == (409, "tampered")
    assert not Attestation.objects.exists()


@pytest.mark.usefixtures("worker")
def test_an_old_attestation_warns_once_its_run_is_tampered_with(mlflow_runs, improvement, alice):
    _, candidate = improvement
    digest = ask(candidate, alice).json()["hash"]
    version = ModelVersion.objects.order_by("pk").last()
    mlflow_runs.log(version.mlflow_run_id, {"accuracy": 0.99})
    assert pull(version.pk).verification == "tampered"
    bundle = Client().get(f"/api/attestations/{digest}").json()
    assert bundle["hash"] == digest
    assert "changed in MLflow" in bundle["status"]["warnings"][0]
    assert ask(candidate, alice).json()["code"] == "tampered"


def test_mlflow_away_keeps_the_request(improvement, alice, settings):
    _, candidate = improvement
    location = ask(candidate, alice, headers={"Prefer": "respond-async"})["Location"]
    request = AttestationRequest.objects.get()
    there = settings.MLFLOW_TRACKING_URI
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:9/mlflow"
    with pytest.raises(Exception, match="refused"):
        build_if_due(str(request.pk))
    settings.MLFLOW_TRACKING_URI = there
    request.refresh_from_db()
    assert (request.state, request.failures, request.lease_until) == ("queued", 1, None)
    AttestationRequest.objects.update(due_at=request.requested_at)
    build_if_due(str(request.pk))
    assert Client().get(location).json()["state"] == "done"


def test_another_statement_supersedes(improvement, alice, monkeypatch):
    """Under another policy the same evidence makes another statement, which supersedes the first by name."""
    first = build_now(improvement[1], alice)
    monkeypatch.setattr("attestations.statement.DELTAONE_THRESHOLD_BPS", 200)
    second = build_now(improvement[1], alice)
    assert list(Attestation.objects.current()) == [second]
    assert Client().get(f"/api/attestations/{first.hash}").json()["status"]["superseded_by"] == second.hash
    assert Client().get(f"/api/attestations/{second.hash}").json()["status"]["supersedes"] == first.hash


def test_what_is_no_evidence_changes_no_hash(improvement, alice):
    first = build_now(improvement[1], alice)
    ModelVersion.objects.filter(pk=first.candidate_id).update(metadata={"a": "word"}, stage="Production")
    assert build_now(improvement[1], alice) == first


def test_two_workers_with_one_request_issue_once(improvement, alice):
    request_id = ask(improvement[1], alice, headers={"Prefer": "respond-async"}).json()["id"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_thread(build_if_due), [request_id] * 4))
    assert Attestation.objects.count() == 1
    assert AttestationRequest.objects.get().state == "done"


def test_a_dead_workers_request_is_taken_over(improvement, alice):
    request_id = ask(improvement[1], alice, headers={"Prefer": "respond-async"}).json()["id"]
    AttestationRequest.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert sweep() == 0
    build_if_due(request_id)
    assert AttestationRequest.objects.get().state == "queued"
    AttestationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweep() == 1
    build_if_due(request_id)
    assert AttestationRequest.objects.get().state == "done"


def build_now(candidate, wallet):
    request_id = ask(candidate, wallet, headers={"Prefer": "respond-async"}).json()["id"]
    build_if_due(request_id)
    return AttestationRequest.objects.get(pk=request_id).attestation


def in_thread(call):
    def run(*args):
        try:
            return call(*args)
        finally:
            connection.close()

    return run


def test_a_worker_with_a_key_that_was_replaced_leaves_the_work_to_others(improvement, alice, monkeypatch):
    request_id = ask(improvement[1], alice, headers={"Prefer": "respond-async"}).json()["id"]
    AttesterKey.objects.create(address=current_signer().address, valid_until=timezone.now())
    build_task(request_id)
    request = AttestationRequest.objects.get()
    assert (request.state, request.lease_until) == ("queued", None)
    assert "was replaced" in request.detail
    AttestationRequest.objects.update(due_at=timezone.now())
    monkeypatch.setattr(issue, "current_signer", lambda: KeySigner("0x" + "77" * 32))
    build_task(request_id)
    assert AttestationRequest.objects.get().state == "done"
