"""POST /api/attestations/{hash}/revocation, and what follows from it"""

from functools import partial

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client

from attestations.models import AttestationRequest, LogEntry, Revocation
from attestations.services.issue import issue
from attestations.services.log import lock_log
from attestations.services.revocation import revoke_attestation
from attestations.statement import Statement
from contributors.exceptions import Conflict
from registry.models import ModelVersion
from registry.services.attested import note_attestation
from tests.registry.calls import at_once
from tests.support.guide_calls import post
from tests.support.improvement import make_attestation
from tests.support.problems import assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def attestation():
    made = make_attestation()
    note_attestation(version_id=made.candidate_id, baseline_id=made.baseline_id, attestation_hash=made.hash)
    return made


@pytest.fixture
def operator(django_user_model):
    user = django_user_model.objects.create_user("operator", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate"))
    client = Client()
    client.force_login(user)
    return client


def revoke(client, attestation, reason="the data were stolen"):
    path = f"/api/attestations/{attestation.hash}/revocation"
    return client.post(path, {"reason": reason}, content_type="application/json")


def test_it_works(operator, attestation):
    response = revoke(operator, attestation)
    assert response.status_code == 201
    assert (response.json()["attestation"], response.json()["reason"]) == (attestation.hash, "the data were stolen")
    entry = LogEntry.objects.get(kind="revocation")
    assert entry.leaf_data == response.json()["digest"] == Revocation.objects.get().digest
    assert Revocation.objects.get().revoked_by == "operator"


def test_the_statement_stays_and_verification_says_so(operator, attestation):
    before = Client().get(f"/api/attestations/{attestation.hash}").json()
    revoke(operator, attestation)
    after = Client().get(f"/api/attestations/{attestation.hash}").json()
    assert after["statement"] == before["statement"]
    assert after["signature"] == before["signature"]
    assert after["status"]["revocation"]["document"]["reason"] == "the data were stolen"
    verdict = Client().get(f"/api/attestations/{attestation.hash}/verify").json()
    assert verdict["valid"] is False
    assert (verdict["checks"][-1]["name"], verdict["checks"][-1]["ok"]) == ("revocation", False)
    assert "the data were stolen" in verdict["checks"][-1]["detail"]
    page = Client().get(f"/attestations/{attestation.hash}").content.decode()
    assert "the data were stolen" in page


def test_a_bundle_from_before_is_told_of_it_too(operator, attestation):
    before = Client().get(f"/api/attestations/{attestation.hash}").json()
    revoke(operator, attestation)
    verdict = post("/api/attestations/verify", before, None).json()
    assert verdict["valid"] is False
    last = verdict["checks"][-1]
    assert (last["name"], last["ok"]) == ("registry", False)
    assert "the data were stolen" in last["detail"]


def test_the_version_shows_it_no_more(operator, attestation):
    revoke(operator, attestation)
    assert ModelVersion.objects.get(pk=attestation.candidate_id).attestation_hash == ""


def test_a_newer_attestation_goes_on_being_shown(operator, attestation):
    newer = "0x" + "1" * 64
    note_attestation(version_id=attestation.candidate_id, baseline_id=attestation.baseline_id, attestation_hash=newer)
    revoke(operator, attestation)
    assert ModelVersion.objects.get(pk=attestation.candidate_id).attestation_hash == newer


def test_a_repeat_says_so_and_makes_nothing(attestation):
    revoke_attestation(attestation=attestation, reason="stolen", operator="x")
    statement: Statement = attestation.statement_json
    request = AttestationRequest(candidate=attestation.candidate, baseline=attestation.baseline)
    with pytest.raises(Conflict) as refusal, transaction.atomic():
        issue(lock_log(), request, statement)
    assert refusal.value.code == "revoked"
    assert "stolen" in refusal.value.detail
    assert LogEntry.objects.count() == 2


def test_twice_is_a_conflict(operator, attestation):
    assert revoke(operator, attestation).status_code == 201
    assert_problem(revoke(operator, attestation), 409, "already_revoked")
    assert LogEntry.objects.filter(kind="revocation").count() == 1


@pytest.mark.parametrize("reason", ["", "   ", None, "x" * 2001, ["x"]])
def test_without_a_reason_nothing_is_revoked(operator, attestation, reason):
    assert_problem(revoke(operator, attestation, reason), 400, "invalid")
    assert not Revocation.objects.exists()


def test_who_is_no_operator_does_not(attestation, alice, django_user_model):
    body = {"reason": "mine"}
    path = f"/api/attestations/{attestation.hash}/revocation"
    assert_problem(post(path, body, alice), 403, "operators_only")
    assert_problem(post(path, body, None), 401, "not_authenticated")
    viewer = Client()
    viewer.force_login(django_user_model.objects.create_user("viewer", is_staff=True))
    assert_problem(revoke(viewer, attestation), 403, "operators_only")
    assert not Revocation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_counts():
    attestation = make_attestation()

    def go(reason):
        try:
            return revoke_attestation(attestation=attestation, reason=reason, operator="x").reason
        except Conflict:
            return None

    results = at_once(*(partial(go, f"reason {number}") for number in range(4)))
    assert [result for result in results if result] == [Revocation.objects.get().reason]
    assert LogEntry.objects.filter(kind="revocation").count() == 1
