"""POST /api/models/{name}/{version}/transitions/{id}/decision"""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from registry.models import ModelVersion, StageTransition, TransitionRequest
from tests.registry.calls import at_once, send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(alice, bob):
    """Alice asks; Bob, a maintainer, may decide."""
    make_version(make_model(production_needs_approval=True))
    send("PATCH", "/api/models/digits", {"maintainers": [bob.address]}, alice)
    response = move(alice, "Production", comment="please")
    assert response.status_code == 202, response.content
    return response.json()


def move(wallet, stage, number=1, **fields):
    return send("POST", f"/api/models/digits/{number}/transition", {"stage": stage, **fields}, wallet)


def decide(wallet, request_id, number=1, **body):
    return send("POST", f"/api/models/digits/{number}/transitions/{request_id}/decision", body, wallet)


def test_it_works(waiting, alice, bob):
    assert (waiting["to_stage"], waiting["state"], waiting["requested_by"]) == ("Production", "waiting", alice.address)
    assert ModelVersion.objects.get().stage == "None"
    answer = decide(bob, waiting["id"], approve=True, comment="fine")
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert (answer.json()["decided_by"], answer.json()["decision_comment"]) == (bob.address, "fine")
    assert ModelVersion.objects.get().stage == "Production"
    (row,) = send("GET", "/api/models/digits/1/transitions").json()["transitions"]
    assert (row["requested_by"], row["approved_by"], row["comment"]) == (alice.address, bob.address, "please")


def test_a_refusal(waiting, alice, bob):
    assert decide(bob, waiting["id"], approve=False).json()["state"] == "rejected"
    assert ModelVersion.objects.get().stage == "None"
    assert not StageTransition.objects.exists()
    # It may be asked for again, and what was refused stays listed.
    assert move(alice, "Production").status_code == 202
    requests = send("GET", "/api/models/digits/1/transitions").json()["requests"]
    assert [row["state"] for row in requests] == ["waiting", "rejected"]


def test_only_production_waits(waiting, alice):
    assert move(alice, "Staging").status_code == 200


def test_the_same_is_not_asked_twice(waiting, alice, bob):
    assert_problem(move(alice, "Production"), 409, "already_requested")
    assert_problem(move(bob, "Production"), 409, "already_requested")


def test_not_by_the_one_who_asked(waiting, alice):
    assert_problem(decide(alice, waiting["id"], approve=True), 403, "own_request")
    assert_problem(decide(alice, waiting["id"], approve=False), 403, "own_request")
    assert TransitionRequest.objects.get().state == "waiting"


def test_not_twice(waiting, bob):
    decide(bob, waiting["id"], approve=False)
    assert_problem(decide(bob, waiting["id"], approve=True), 409, "already_decided")
    assert ModelVersion.objects.get().stage == "None"


def test_existing_versions_are_archived_on_approval(waiting, alice, bob):
    make_version()
    decide(bob, waiting["id"], approve=True)
    request = move(alice, "Production", 2, archive_existing_versions=True).json()
    assert dict(ModelVersion.objects.values_list("version", "stage")) == {1: "Production", 2: "None"}
    assert decide(bob, request["id"], 2, approve=True).status_code == 200
    assert dict(ModelVersion.objects.values_list("version", "stage")) == {1: "Archived", 2: "Production"}


def test_a_withdrawn_version_is_not_approved(waiting, alice, bob):
    send("DELETE", "/api/models/digits/1", wallet=alice)
    assert_problem(decide(bob, waiting["id"], approve=True), 409, "withdrawn")
    assert TransitionRequest.objects.get().state == "waiting"
    assert decide(bob, waiting["id"], approve=False).status_code == 200


def test_a_version_that_got_there_otherwise_is_not_approved(waiting, bob):
    ModelVersion.objects.update(stage="Production")
    assert_problem(decide(bob, waiting["id"], approve=True), 409, "already_in_stage")
    assert not StageTransition.objects.exists()


def staff(name: str, *permissions: str) -> Client:
    user = get_user_model().objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_an_operator_needs_nobody_and_may_decide(waiting):
    client = staff("operator", "operate")
    make_version()
    path, kind = "/api/models/digits", "application/json"
    assert client.post(f"{path}/2/transition", {"stage": "Production"}, content_type=kind).status_code == 200
    url = f"{path}/1/transitions/{waiting['id']}/decision"
    answer = client.post(url, {"approve": True}, content_type=kind)
    assert (answer.status_code, answer.json()["decided_by"]) == (200, None)


def test_staff_without_the_permission_only_looks(waiting):
    client = staff("viewer", "view_transitionrequest", "change_modelversion")
    url = f"/api/models/digits/1/transitions/{waiting['id']}/decision"
    assert_problem(client.post(url, {"approve": True}, content_type="application/json"), 403, "not_owner")
    change = {"description": "mine"}
    assert_problem(client.patch("/api/models/digits", change, content_type="application/json"), 403, "not_owner")
    assert client.get("/api/models/digits/1").status_code == 200


@pytest.mark.parametrize("body", [{}, {"approve": None}, {"approve": "perhaps"}, {"approve": 1, "comment": "x" * 2001}])
def test_bodies_that_are_refused(waiting, bob, body):
    assert_problem(decide(bob, waiting["id"], **body), 400, "invalid")


def test_a_request_of_another_version(waiting, bob):
    make_version()
    assert_problem(decide(bob, waiting["id"], 2, approve=True), 404, "not_found")
    assert_problem(decide(bob, 10**6, approve=True), 404, "not_found")


def test_a_stranger(waiting, carol):
    assert_problem(decide(carol, waiting["id"], approve=True), 403, "not_owner")
    assert_problem(decide(None, waiting["id"], approve=True), 401, "not_authenticated")
    assert TransitionRequest.objects.get().state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(waiting, alice, bob, carol):
    send("PATCH", "/api/models/digits", {"maintainers": [bob.address, carol.address]}, alice)
    responses = at_once(
        *[lambda: decide(bob, waiting["id"], approve=True)] * 2,
        *[lambda: decide(carol, waiting["id"], approve=False)] * 2,
    )
    assert sorted(r.status_code for r in responses) == [200, 409, 409, 409]
    (won,) = [r.json()["state"] for r in responses if r.status_code == 200]
    assert TransitionRequest.objects.get().state == won
    assert ModelVersion.objects.get().stage == ("Production" if won == "approved" else "None")
    assert StageTransition.objects.count() == (won == "approved")
