"""POST /api/models/{name}/{version}/transition, GET …/transitions"""

import pytest

from registry.append_only import AppendOnlyViolation
from registry.models import ModelVersion, StageTransition
from tests.registry.calls import at_once, send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_version

pytestmark = pytest.mark.django_db


def move(wallet, stage, number=1, **fields):
    return send("POST", f"/api/models/digits/{number}/transition", {"stage": stage, **fields}, wallet)


def stages():
    return dict(ModelVersion.objects.values_list("version", "stage"))


def test_it_works(alice):
    make_version()
    response = move(alice, "Production", comment="tested")
    assert (response.status_code, response.json()["stage"]) == (200, "Production")
    history = send("GET", "/api/models/digits/1/transitions").json()
    (row,) = history["transitions"]
    assert (row["from_stage"], row["to_stage"], row["comment"]) == ("None", "Production", "tested")
    assert (row["requested_by"], row["approved_by"]) == (alice.address, None)
    assert row["happened_at"].endswith("Z")
    assert history["requests"] == []
    assert ModelVersion.objects.get().mirror_due_at is not None


@pytest.mark.parametrize("stage", ["staging", "PRODUCTION", "aRchived"])
def test_any_case(alice, stage):
    make_version()
    assert move(alice, stage).json()["stage"] == stage.capitalize()


def test_history_is_newest_first_and_kept(alice):
    make_version()
    for stage in ("Staging", "Production", "Archived", "None"):
        assert move(alice, stage).status_code == 200
    rows = send("GET", "/api/models/digits/1/transitions").json()["transitions"]
    assert [row["to_stage"] for row in rows] == ["None", "Archived", "Production", "Staging"]
    with pytest.raises(AppendOnlyViolation):
        StageTransition.objects.all().delete()


def test_archiving_the_existing_versions(alice):
    for _ in range(4):
        make_version()
    for number in (1, 2):
        move(alice, "Production", number)
    move(alice, "Staging", 3)
    assert move(alice, "Production", 4).status_code == 200
    assert stages() == {1: "Production", 2: "Production", 3: "Staging", 4: "Production"}
    move(alice, "None", 4)
    assert move(alice, "Production", 4, archive_existing_versions=True).status_code == 200
    assert stages() == {1: "Archived", 2: "Archived", 3: "Staging", 4: "Production"}
    (newest, _) = send("GET", "/api/models/digits/1/transitions").json()["transitions"]
    assert (newest["to_stage"], newest["comment"]) == ("Archived", "Replaced by version 4.")


def test_archiving_never_takes_the_archived_or_unstaged(alice):
    for _ in range(3):
        make_version()
    move(alice, "Archived", 1)
    assert move(alice, "Archived", 2, archive_existing_versions=True).status_code == 200
    assert stages() == {1: "Archived", 2: "Archived", 3: "None"}


@pytest.mark.parametrize(
    "body", [{}, {"stage": "live"}, {"stage": None}, {"stage": 5}, {"stage": "Staging", "comment": "x" * 2001},
             {"stage": "Staging", "archive_existing_versions": "perhaps"}, {"stage": "Staging", "comment": "\0"}, []]
)  # fmt: skip
def test_bodies_that_are_refused(alice, body):
    make_version()
    assert_problem(send("POST", "/api/models/digits/1/transition", body, alice), 400, "invalid")


def test_the_stage_it_is_in(alice):
    make_version()
    assert_problem(move(alice, "None"), 409, "already_in_stage")


@pytest.mark.parametrize(("stage", "status"), [("Staging", 409), ("Production", 409), ("Archived", 200)])
def test_a_withdrawn_version_is_not_promoted(alice, stage, status):
    make_version(withdrawn_at="2026-01-01T00:00:00Z")
    assert move(alice, stage).status_code == status


def test_an_unknown_version(alice):
    assert_problem(move(alice, "Staging"), 404, "model_not_found")


def test_a_maintainer(alice, bob):
    make_version()
    send("PATCH", "/api/models/digits", {"maintainers": [bob.address]}, alice)
    assert move(bob, "Staging").status_code == 200


def test_a_stranger(bob):
    make_version(contributors={bob.address: 10_000})
    assert_problem(move(bob, "Staging"), 403, "not_owner")
    assert_problem(move(None, "Staging"), 401, "not_authenticated")
    assert stages() == {1: "None"}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(alice):
    make_version()
    responses = at_once(*[lambda: move(alice, "Staging")] * 4)
    assert sorted(r.status_code for r in responses) == [200, 409, 409, 409]
    assert {r.json()["code"] for r in responses if r.status_code == 409} <= {"already_in_stage", "stage_changed"}
    assert StageTransition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_promotions_that_archive_each_other_do_not_wait_for_ever(alice):
    """Each moves both versions: without an order they would lock one each and wait for the other."""
    for _ in range(2):
        make_version()
    for _ in range(6):
        ModelVersion.objects.filter(version=1).update(stage="Staging")
        ModelVersion.objects.filter(version=2).update(stage="Production")
        answers = at_once(
            lambda: move(alice, "Production", 1, archive_existing_versions=True),
            lambda: move(alice, "Staging", 2, archive_existing_versions=True),
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
