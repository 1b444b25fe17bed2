"""registry.services.evidence.pull_if_due: one worker at a time, and no verdict over a newer state"""

from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from registry import tracking_rest
from registry.models import EvidenceSnapshot, ModelVersion, Verification
from registry.services import evidence
from registry.services.evidence import lease_pull, pull, pull_if_due
from registry.tracking import read_run
from registry.tracking_rest import stream_artifact
from tests.registry.calls import at_once, register
from tests.support.registry_rows import make_version

pytestmark = [pytest.mark.django_db(transaction=True)]


def due(**fields) -> ModelVersion:
    version = make_version(verification="pending")
    ModelVersion.objects.filter(pk=version.pk).update(**{"pull_due_at": timezone.now(), **fields})
    return version


def test_it_works(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run())
    pull_if_due(version.pk)
    version.refresh_from_db()
    assert version.verification == "verified"
    assert version.pull_lease_until is None
    assert version.pull_due_at > timezone.now()
    assert not lease_pull(version.pk)


def test_two_workers_make_one_pull(mlflow_runs, claim, monkeypatch):
    version = claim(mlflow_runs.finished_run())
    asked = []

    def counted(run_id):
        asked.append(run_id)
        return read_run(run_id)

    monkeypatch.setattr(evidence, "read_run", counted)
    at_once(*[lambda: pull_if_due(version.pk)] * 4)
    assert asked == [version.mlflow_run_id]
    assert EvidenceSnapshot.objects.count() == 1


def test_one_claim_wins_at_once():
    version = due()
    assert sorted(at_once(*[lambda: lease_pull(version.pk)] * 8)) == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("state", "free"),
    [
        ({"pull_lease_until": None}, True),
        ({"pull_lease_until": timezone.now() - timedelta(seconds=1)}, True),
        ({"pull_lease_until": timezone.now() + timedelta(hours=1)}, False),
        ({"pull_due_at": None}, False),
        ({"pull_due_at": timezone.now() + timedelta(hours=1)}, False),
    ],
)
def test_who_may_pull(state, free):
    assert lease_pull(due(**state).pk) is free


def test_pulling_twice_at_once_keeps_one_snapshot(mlflow_runs, claim):
    version = claim(mlflow_runs.finished_run())
    results = at_once(*[lambda: pull(version.pk)] * 4)
    assert {v.verification for v in results} <= {"verified", "pending"}
    version.refresh_from_db()
    assert (version.verification, EvidenceSnapshot.objects.count()) == ("verified", 1)


def test_a_verdict_is_not_written_over_a_newer_state(mlflow_runs, claim, alice, monkeypatch):
    """A worker reads a wrong claim; while it asks MLflow, another judges and the owner corrects it."""
    run_id = mlflow_runs.finished_run({"accuracy": 0.9})
    version = claim(run_id, model_name="stale", metrics={"accuracy": 0.95})
    reading, corrected = Event(), Event()

    def slow(asked):
        run = read_run(asked)
        if not reading.is_set():
            reading.set()
            assert corrected.wait(30)
        return run

    def correct():
        assert reading.wait(30)
        assert pull(version.pk).verification == "mismatched"
        answer = register(alice, mlflow_runs.body(run_id, model_name="stale"))
        corrected.set()
        return answer.status_code

    monkeypatch.setattr(evidence, "read_run", slow)
    stale, status = at_once(lambda: pull(version.pk), correct)
    assert status == 200
    assert (stale.verification, stale.metrics) == ("pending", {"accuracy": 0.9})
    assert stale.pull_due_at <= timezone.now()
    assert pull(version.pk).verification == Verification.VERIFIED


def test_a_stale_verdict_does_not_clear_tampering(mlflow_runs, claim, monkeypatch):
    version = pull(claim(mlflow_runs.finished_run()).pk)

    def tampered_meanwhile(run_id):
        run = read_run(run_id)
        ModelVersion.objects.filter(pk=version.pk).update(verification="tampered")
        return run

    monkeypatch.setattr(evidence, "read_run", tampered_meanwhile)
    assert pull(version.pk).verification == "tampered"


def test_a_long_pull_keeps_its_lease(mlflow_runs, claim, settings, monkeypatch):
    """Else a model of many files would be pulled by two workers at once, and then by two more."""
    settings.HOKUSAI_LEASE_SECONDS = 1
    files = {f"part{number}": b"x" for number in range(4)}
    version = claim(mlflow_runs.finished_run(files=files))
    assert lease_pull(version.pk)
    taken = []

    def slowly(path):
        Event().wait(0.5)
        taken.append(lease_pull(version.pk))
        return stream_artifact(path)

    monkeypatch.setattr(tracking_rest, "stream_artifact", slowly)
    assert pull(version.pk).verification == "verified"
    assert taken == [False] * 4
