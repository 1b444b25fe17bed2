"""POST /api/models/{model_id}/attestation: who may not, and what is not attested."""

import pytest
from django.test import Client

from registry.models import ModelVersion
from tests.support.guide_calls import ask, register

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_contributor_may_ask(improvement, bob):
    assert ask(improvement[1], bob, headers={"Prefer": "respond-async"}).status_code == 202


def test_a_stranger_may_not(improvement, carol):
    response = ask(improvement[1], carol)
    assert (response.status_code, response.json()["code"]) == (403, "not_owner")


def test_nobody_may_not(improvement):
    response = ask(improvement[1], None)
    assert response.status_code == 401
    assert response["WWW-Authenticate"]


def test_body_and_url_must_name_the_same_model(improvement, alice):
    baseline, candidate = improvement
    response = ask(candidate, alice, model_id=baseline)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "model_id")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"attestation_type": "other"}, 400, "invalid"),
        ({"baseline_model_id": "nobody's:1"}, 400, "invalid"),
        ({"baseline_model_id": "nobody:1"}, 422, "baseline_not_found"),
        ({"metadata": [1]}, 400, "invalid"),
    ],
)
def test_bad_bodies(improvement, alice, body, status, code):
    response = ask(improvement[1], alice, **body)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_an_unknown_model_is_404(alice, db):
    response = ask("nobody:1", alice)
    assert (response.status_code, response.json()["code"]) == (404, "model_not_found")


def test_a_first_version_has_no_baseline(improvement, alice):
    response = ask(improvement[0], alice)
    assert (response.status_code, response.json()["code"]) == (422, "no_baseline")


def test_a_drop_is_no_improvement(mlflow_runs, improvement, alice, name):
    worse = register(mlflow_runs, alice, 0.7, model_name=name)["model_id"]
    response = ask(worse, alice)
    assert (response.status_code, response.json()["code"]) == (422, "no_improvement")


def test_a_descendant_is_no_baseline(mlflow_runs, improvement, alice, name):
    baseline, candidate = improvement
    sibling = register(mlflow_runs, alice, 0.85, model_name=name, baseline_model_id=baseline)["model_id"]
    response = ask(candidate, alice, baseline_model_id=sibling)
    assert (response.status_code, response.json()["code"]) == (422, "not_an_ancestor")


def test_the_evidence_is_checked_first(improvement, alice):
    """A tampered version that is no improvement either is told of the tampering."""
    candidate = improvement[1]
    ModelVersion.objects.filter(version=candidate.rsplit(":")[1]).update(verification="tampered")
    response = ask(candidate, alice, baseline_model_id=candidate)
    assert (response.status_code, response.json()["code"]) == (409, "tampered")


@pytest.mark.parametrize("verification", ["mismatched", "missing", "tampered"])
@pytest.mark.parametrize("side", [0, 1])
def test_spoilt_evidence_of_either_side(improvement, alice, verification, side):
    version = ModelVersion.objects.order_by("pk")[side]
    ModelVersion.objects.filter(pk=version.pk).update(verification=verification)
    response = ask(improvement[1], alice)
    assert (response.status_code, response.json()["code"]) == (409, verification)


def test_a_withdrawn_version_is_not_attested(improvement, alice):
    number = improvement[1].rsplit(":")[1]
    name = improvement[1].rsplit(":")[0]
    assert Client().delete(f"/api/models/{name}/{number}", headers=alice.headers()).status_code == 200
    response = ask(improvement[1], alice)
    assert (response.status_code, response.json()["code"]) == (409, "withdrawn")
