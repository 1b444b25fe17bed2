"""GET and DELETE /api/models/{name}/{version}, GET /api/models/{name}/versions"""

import pytest
from django.utils import timezone

from contributors.exceptions import Conflict
from registry.models import ModelVersion
from registry.services.stages import move_stage
from tests.registry.calls import at_once, send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def test_it_works(alice, bob):
    make_version(accuracy=0.8)
    make_version(accuracy=0.9, contributors={bob.address: 10_000})
    body = send("GET", "/api/models/digits/2").json()
    assert (body["model_id"], body["baseline_model_id"], body["metrics"]) == ("digits:2", "digits:1", {"accuracy": 0.9})
    assert (body["verification"], body["evidence_level"], body["withdrawn"]) == ("verified", "mlflow_verified", False)
    assert (body["registered_by"], body["contributor_address"]) == (alice.address, bob.address)
    assert body["registrant_is_contributor"] is False
    assert [row["metrics"] for row in body["claims"]] == [{"accuracy": 0.9}]
    assert body["links"]["attestation"] == "/api/models/digits%3A2/attestation"
    assert "canonical_text" not in str(body)


@pytest.mark.parametrize("version", ["latest", "2"])
def test_latest(version):
    make_version()
    make_version()
    assert send("GET", f"/api/models/digits/{version}").json()["model_id"] == "digits:2"


@pytest.mark.parametrize(
    ("path", "status"),
    [("digits/3", 404), ("nobody/1", 404), ("digits/0", 400), ("digits/x", 400), ("digits/-1", 400), ("a%00/1", 400)],
)
def test_unknown_versions(path, status):
    make_version()
    assert send("GET", f"/api/models/{path}").status_code == status


@pytest.mark.parametrize(
    ("verification", "level"),
    [
        ("pending", "claimed"),
        ("mismatched", "claimed"),
        ("missing", "claimed"),
        ("tampered", "claimed"),
        ("verified", "mlflow_verified"),
    ],
)
def test_evidence_levels(verification, level):
    make_version(verification=verification)
    assert send("GET", "/api/models/digits/1").json()["evidence_level"] == level
    (row,) = send("GET", "/api/models/digits/versions").json()["results"]
    assert (row["verification"], row["evidence_level"]) == (verification, level)


def test_withdrawing(alice, bob):
    make_version(accuracy=0.8)
    version = make_version(accuracy=0.9, contributors={bob.address: 10_000})
    assert send("GET", f"/api/contributors/{bob.address}/impact").json()["total_models_improved"] == 1
    response = send("DELETE", "/api/models/digits/2", wallet=alice)
    assert (response.status_code, response.json()["withdrawn"]) == (200, True)
    # It stays readable, keeps its number, and leaves the totals.
    assert send("GET", "/api/models/digits/2").json()["withdrawn"] is True
    assert [row["withdrawn"] for row in send("GET", "/api/models/digits/versions").json()["results"]] == [True, False]
    assert send("GET", f"/api/contributors/{bob.address}/impact").json()["total_improvement_score"] == 0
    assert_problem(send("DELETE", "/api/models/digits/2", wallet=alice), 409, "already_withdrawn")
    version.refresh_from_db()
    assert (version.withdrawn_by, version.pull_due_at) == (alice.address, None)


def test_withdrawing_takes_a_version_out_of_use(alice):
    make_version()
    assert send("POST", "/api/models/digits/1/transition", {"stage": "Production"}, alice).status_code == 200
    assert send("DELETE", "/api/models/digits/1", wallet=alice).json()["stage"] == "Archived"
    row = send("GET", "/api/models/digits/1/transitions").json()["transitions"][0]
    assert (row["from_stage"], row["to_stage"], row["comment"]) == ("Production", "Archived", "Withdrawn.")
    assert send("GET", "/api/models/digits/1/transitions").status_code == 200
    assert ModelVersion.objects.filter(stage="Production").count() == 0


@pytest.mark.django_db(transaction=True)
def test_withdrawing_and_promoting_at_once_never_leaves_it_promoted(alice):
    make_version()
    at_once(
        lambda: send("POST", "/api/models/digits/1/transition", {"stage": "Production"}, alice),
        lambda: send("DELETE", "/api/models/digits/1", wallet=alice),
        lambda: send("POST", "/api/models/digits/1/transition", {"stage": "Staging"}, alice),
    )
    version = ModelVersion.objects.get()
    assert version.withdrawn_at is not None
    assert version.stage in ("None", "Archived")


def test_a_stage_is_not_given_to_what_was_withdrawn_meanwhile(alice):
    """The promotion read the version before it was withdrawn."""
    version = make_version()
    ModelVersion.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(Conflict):
        move_stage(version, "None", "Production", requested_by=alice.address, approved_by=None, comment="")


def test_a_maintainer_withdraws(alice, bob):
    make_version()
    send("PATCH", "/api/models/digits", {"maintainers": [bob.address]}, alice)
    assert send("DELETE", "/api/models/digits/1", wallet=bob).status_code == 200


def test_a_stranger_does_not_withdraw(bob):
    make_version(contributors={bob.address: 10_000})
    assert_problem(send("DELETE", "/api/models/digits/1", wallet=bob), 403, "not_owner")
    assert_problem(send("DELETE", "/api/models/digits/1"), 401, "not_authenticated")
    assert ModelVersion.objects.get().withdrawn_at is None


def test_the_list_of_versions():
    for number in range(3):
        make_version(accuracy=number / 10)
    make_version(make_model("other"))
    body = send("GET", "/api/models/digits/versions?page_size=2").json()
    assert [row["version"] for row in body["results"]] == [3, 2]
    assert [row["version"] for row in send("GET", body["next"]).json()["results"]] == [1]
    assert send("GET", "/api/models/nobody/versions").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [("stage=production", [2]), ("stage=None", [1]), ("verification=pending", [1]), ("stage=Archived", [])],
)
def test_filters(query, expected):
    make_version(verification="pending")
    make_version(stage="Production")
    body = send("GET", f"/api/models/digits/versions?{query}").json()
    assert [row["version"] for row in body["results"]] == expected


@pytest.mark.parametrize("query", ["stage=live", "verification=true", "stage=%00", "verification="])
def test_filters_that_are_none(query):
    make_version()
    assert_problem(send("GET", f"/api/models/digits/versions?{query}"), 400, "invalid")
