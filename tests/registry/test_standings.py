"""In which order the versions of a model are measured"""

from functools import partial

import pytest
from django.utils import timezone

from registry.models import ModelVersion
from registry.services import evidence, repetition
from registry.services.evidence import pull
from registry.services.impact import gains_of
from registry.services.standings import next_standing
from registry.tracking import read_run
from tests.registry.calls import at_once, register, registered, send
from tests.support.mlflow_server import MlflowRuns
from tests.support.problems import assert_problem
from tests.support.wallets import Wallet

pytestmark = [pytest.mark.django_db(transaction=True)]


def pull_all() -> None:
    for version_id in ModelVersion.objects.order_by("pk").values_list("pk", flat=True):
        pull(version_id)


def gains() -> list[int]:
    versions = list(ModelVersion.objects.order_by("pk"))
    found = gains_of(versions)
    return [int(found[version.pk].bps) if version.pk in found else 0 for version in versions]


def wrong_claim(runs: MlflowRuns, wallet: Wallet, name: str) -> dict:
    """A registration that claims 0.7 for a run that logged 0.9; gives its body."""
    body = runs.body(runs.finished_run({"accuracy": 0.9}), model_name=name, metrics={"accuracy": 0.7})
    assert register(wallet, body).status_code == 201
    return body


def test_it_works(mlflow_runs, alice):
    for accuracy in (0.8, 0.9, 0.85):
        registered(mlflow_runs, alice, accuracy, model_name="standings")
    pull_all()
    assert list(ModelVersion.objects.order_by("pk").values_list("standing", flat=True)) == [1, 2, 3]
    assert gains() == [0, 1000, 0]


def test_a_corrected_claim_is_measured_last(mlflow_runs, alice):
    """Else the correction and the version behind it would both have the same gain."""
    registered(mlflow_runs, alice, 0.8, model_name="corrected late")
    body = wrong_claim(mlflow_runs, alice, "corrected late")
    registered(mlflow_runs, alice, 0.9, model_name="corrected late")
    pull_all()
    assert gains() == [0, 0, 1000]
    assert register(alice, {**body, "metrics": {"accuracy": 0.9}}).status_code == 200
    pull_all()
    assert ModelVersion.objects.get(version=2).verification == "verified"
    assert gains() == [0, 0, 1000]


def test_evidence_that_comes_back_is_measured_last(mlflow_runs, alice):
    registered(mlflow_runs, alice, 0.8, model_name="returned")
    run_id = registered(mlflow_runs, alice, 0.9, model_name="returned")["mlflow_run_id"]
    mlflow_runs.call("runs/delete", {"run_id": run_id})
    registered(mlflow_runs, alice, 0.9, model_name="returned")
    pull_all()
    assert gains() == [0, 0, 1000]
    mlflow_runs.call("runs/restore", {"run_id": run_id})
    pull_all()
    assert ModelVersion.objects.get(version=2).verification == "verified"
    assert gains() == [0, 0, 1000]


def test_two_corrections_at_once_take_two_places(mlflow_runs, alice):
    registered(mlflow_runs, alice, 0.8, model_name="race")
    bodies = [wrong_claim(mlflow_runs, alice, "race") for _ in range(4)]
    pull_all()
    right = [{**body, "metrics": {"accuracy": 0.9}} for body in bodies]
    answers = at_once(*(partial(register, alice, body) for body in right))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(ModelVersion.objects.values_list("standing", flat=True)) == [1, 6, 7, 8, 9]


def test_what_is_withdrawn_before_it_is_verified_never_sets_a_bar(mlflow_runs, alice):
    """Nothing waited for it: an attestation may have been issued meanwhile."""
    registered(mlflow_runs, alice, 0.8, model_name="withdrawn")
    registered(mlflow_runs, alice, 0.9, model_name="withdrawn")
    registered(mlflow_runs, alice, 0.9, model_name="withdrawn")
    assert send("DELETE", "/api/models/withdrawn/2", wallet=alice).status_code == 200
    pull_all()
    withdrawn = ModelVersion.objects.get(version=2)
    assert (withdrawn.verification, withdrawn.verified_at, withdrawn.pull_due_at) == ("pending", None, None)
    assert gains() == [0, 0, 1000]


def test_nor_one_that_is_withdrawn_while_it_is_pulled(mlflow_runs, alice, monkeypatch):
    registered(mlflow_runs, alice, 0.8, model_name="withdrawn meanwhile")
    version_id = ModelVersion.objects.get().pk

    def withdraw_first(run_id):
        send("DELETE", "/api/models/withdrawn meanwhile/1", wallet=alice)
        return read_run(run_id)

    monkeypatch.setattr(evidence, "read_run", withdraw_first)
    pull(version_id)
    pull(version_id)
    version = ModelVersion.objects.get()
    assert version.withdrawn_at is not None
    assert (version.verification, version.verified_at, version.pull_due_at) == ("pending", None, None)


def test_a_withdrawn_claim_is_not_corrected(mlflow_runs, alice):
    body = wrong_claim(mlflow_runs, alice, "withdrawn claim")
    pull_all()
    assert send("DELETE", "/api/models/withdrawn claim/1", wallet=alice).status_code == 200
    assert_problem(register(alice, {**body, "metrics": {"accuracy": 0.9}}), 409, "already_registered")


def test_nor_one_that_is_withdrawn_while_it_is_corrected(mlflow_runs, alice, monkeypatch):
    body = wrong_claim(mlflow_runs, alice, "withdrawn correction")
    pull_all()

    def withdraw_first(model_id):
        ModelVersion.objects.update(withdrawn_at=timezone.now())
        return next_standing(model_id)

    monkeypatch.setattr(repetition, "next_standing", withdraw_first)
    assert_problem(register(alice, {**body, "metrics": {"accuracy": 0.9}}), 409, "conflict")
    assert ModelVersion.objects.get().verification == "mismatched"
