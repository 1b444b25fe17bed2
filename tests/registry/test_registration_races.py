"""POST /api/models/register: many at once"""

from datetime import timedelta

import pytest
from django.utils import timezone

from registry.models import MetricClaim, ModelVersion, RegisteredModel, RegistrationLease
from registry.services import registration
from tests.registry.calls import at_once, register, registered
from tests.registry.mlflow_calls import versions
from tests.support.problems import assert_problem

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_twenty_requests_for_one_run(mlflow_runs, alice):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="twenty")
    responses = at_once(*[lambda: register(alice, body)] * 20)
    assert sorted(r.status_code for r in responses) == [200] * 19 + [201], [r.content for r in responses]
    assert {r.json()["model_id"] for r in responses} == {"twenty:1"}
    assert (ModelVersion.objects.count(), MetricClaim.objects.count()) == (1, 1)
    assert RegisteredModel.objects.get().version_count == 1
    assert len(versions(mlflow_runs, "twenty")) == 1
    assert not RegistrationLease.objects.exists()


def test_two_wallets_for_one_new_name(mlflow_runs, alice, bob):
    bodies = [mlflow_runs.body(mlflow_runs.finished_run(), model_name="wanted") for _ in range(2)]
    responses = at_once(lambda: register(alice, bodies[0]), lambda: register(bob, bodies[1]))
    assert sorted(r.status_code for r in responses) == [201, 403]
    winner, loser = sorted(responses, key=lambda r: r.status_code)
    assert_problem(loser, 403, "not_owner")
    model = RegisteredModel.objects.get()
    assert model.owner == winner.json()["registered_by"]
    assert (model.version_count, ModelVersion.objects.count()) == (1, 1)
    assert not RegistrationLease.objects.exists()


def test_many_runs_of_one_new_name_form_one_line(mlflow_runs, alice):
    """Each infers its baseline under the model's lock, so no version is left without one."""
    bodies = [mlflow_runs.body(mlflow_runs.finished_run(), model_name="line") for _ in range(6)]
    responses = at_once(*[lambda body=body: register(alice, body) for body in bodies])
    assert {r.status_code for r in responses} == {201}
    stored = list(ModelVersion.objects.order_by("pk"))
    assert [v.baseline_id for v in stored] == [None, *(v.pk for v in stored[:-1])]
    assert {v.version for v in stored} == set(range(1, 7))
    model = RegisteredModel.objects.get()
    assert (model.version_count, model.latest_version_id) == (6, stored[-1].pk)


def test_two_first_versions_agree_on_one_primary_metric(mlflow_runs, alice):
    """The one stored second is judged by the metric of the first, whichever came first."""
    kinds = [{"accuracy": 0.9}, {"f1_score": 0.8}]
    bodies = [mlflow_runs.body(mlflow_runs.finished_run(m), model_name="metric", metrics=m) for m in kinds]
    responses = at_once(*[lambda body=body: register(alice, body) for body in bodies])
    assert sorted(r.status_code for r in responses) == [201, 400]
    version = ModelVersion.objects.get()
    assert version.metrics == {RegisteredModel.objects.get().primary_metric: version.primary_value}


def test_a_dead_processes_claim_lapses(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run()
    RegistrationLease.objects.create(
        model_name="dead", mlflow_run_id=run_id, token="gone", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert register(alice, mlflow_runs.body(run_id, model_name="dead")).status_code == 201
    assert not RegistrationLease.objects.exists()


def test_a_claim_that_is_held_makes_others_wait_and_then_repeat(mlflow_runs, alice, monkeypatch):
    monkeypatch.setattr("registry.services.registration._WAIT_SECONDS", 0.1)
    run_id = mlflow_runs.finished_run()
    body = mlflow_runs.body(run_id, model_name="held")
    RegistrationLease.objects.create(
        model_name="held", mlflow_run_id=run_id, token="alive", lease_until=timezone.now() + timedelta(seconds=60)
    )
    assert_problem(register(alice, body), 503, "unavailable")
    assert not ModelVersion.objects.exists()
    assert RegistrationLease.objects.get().token == "alive"
    RegistrationLease.objects.update(lease_until=timezone.now())
    assert register(alice, body).status_code == 201


def test_one_that_stored_just_before_our_claim_is_found(mlflow_runs, alice, monkeypatch):
    """Another request stores the version and lets go between our first look and our claim."""
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="just before")
    take, others = registration._take_lease, []

    def overtaken(form, token):
        if not others:
            others.append(None)
            others[0] = register(alice, body)
        return take(form, token)

    monkeypatch.setattr(registration, "_take_lease", overtaken)
    response = register(alice, body)
    assert (others[0].status_code, response.status_code) == (201, 200)
    assert response.json()["model_id"] == others[0].json()["model_id"]
    assert not RegistrationLease.objects.exists()


def test_a_claim_is_for_one_name_and_run(mlflow_runs, alice):
    RegistrationLease.objects.create(
        model_name="other", mlflow_run_id="other", token="alive", lease_until=timezone.now() + timedelta(seconds=60)
    )
    assert registered(mlflow_runs, alice, model_name="free")["model_id"] == "free:1"
    assert RegistrationLease.objects.get().token == "alive"
