"""GET and PATCH /api/models/{name}"""

import pytest
from django.test import Client

from contributors.services.api_keys import issue_key
from registry.models import RegisteredModel
from tests.registry.calls import send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def patch(wallet, body, name="digits"):
    return send("PATCH", f"/api/models/{name}", body, wallet)


def test_it_works(alice, bob):
    make_version(make_model("two words"))
    assert patch(alice, {"description": "x", "maintainers": [bob.address]}, "two%20words").status_code == 200
    body = send("GET", "/api/models/two%20words").json()
    assert (body["name"], body["owner"], body["maintainers"]) == ("two words", alice.address, [bob.address])
    assert (body["description"], body["latest_version"], body["total_versions"]) == ("x", 1, 1)
    assert body["production_needs_approval"] is False


@pytest.mark.parametrize("name", ["nobody", "a%00b", "a%40b", "x" * 300, "%C3%A9"])
def test_an_unknown_model(name):
    assert send("GET", f"/api/models/{name}").status_code == 404


def test_the_owner_changes_everything(alice, bob, carol):
    make_version(make_model(primary_metric="silhouette"))
    body = {
        "description": "", "maintainers": [bob.address.lower(), bob.address, carol.address],
        "production_needs_approval": True, "primary_metric_direction": "higher",
    }  # fmt: skip
    answer = patch(alice, body).json()
    assert sorted(answer["maintainers"]) == sorted([bob.address, carol.address])
    assert (answer["production_needs_approval"], answer["metric_directions"]) == (True, {"silhouette": "higher"})
    assert patch(alice, {"maintainers": [carol.address]}).json()["maintainers"] == [carol.address]
    assert patch(alice, {"description": "kept"}).json()["maintainers"] == [carol.address]


def test_handing_over(alice, bob):
    make_model()
    assert patch(alice, {"owner": bob.address}).json()["owner"] == bob.address
    assert_problem(patch(alice, {"description": "mine"}), 403, "not_owner")
    assert patch(bob, {"description": "mine"}).status_code == 200


def test_a_maintainer_writes_the_description_only(alice, bob):
    make_model()
    patch(alice, {"maintainers": [bob.address]})
    assert patch(bob, {"description": "by bob"}).json()["description"] == "by bob"
    for body in (
        {"owner": bob.address},
        {"maintainers": []},
        {"production_needs_approval": False},
        {"primary_metric_direction": "lower"},
        {"description": "x", "owner": bob.address},
    ):
        assert_problem(patch(bob, body), 403, "not_owner")
    model = RegisteredModel.objects.get()
    assert (model.owner, model.description, model.maintainers.count()) == (alice.address, "by bob", 1)


def test_a_direction_is_fixed_by_the_second_version(alice):
    make_version(make_model(primary_metric="silhouette"))
    assert patch(alice, {"primary_metric_direction": "lower"}).status_code == 200
    make_version(RegisteredModel.objects.get())
    assert_problem(patch(alice, {"primary_metric_direction": "higher"}), 409, "direction_in_use")
    assert patch(alice, {"primary_metric_direction": "lower"}).status_code == 200


def test_an_owner_does_not_turn_a_known_metric_round(alice):
    make_version(make_model(primary_metric="accuracy"))
    assert_problem(patch(alice, {"primary_metric_direction": "lower"}), 403, "direction_known")
    # What is so anyway may be said.
    assert patch(alice, {"primary_metric_direction": "higher"}).json()["metric_directions"] == {}


def test_an_operator_does(admin_client):
    make_version(make_model(primary_metric="accuracy"))
    answer = admin_client.patch(
        "/api/models/digits", {"primary_metric_direction": "lower"}, content_type="application/json"
    )
    assert answer.json()["metric_directions"] == {"accuracy": "lower"}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "other"}, {"primary_metric": "f1"}, {"model_type": "x"}, {"version_count": 9}, {"owner": "0x1"},
        {"owner": None}, {"maintainers": ["x"]}, {"maintainers": "x"}, {"primary_metric_direction": "up"},
        {"production_needs_approval": "maybe"}, {"description": "nul \0"}, {"description": "x" * 10_001}, [], "x",
        {"maintainers": ["0x" + "1" * 40] * 51},
    ],
    ids=lambda body: repr(body)[:40],
)  # fmt: skip
def test_what_cannot_be_changed(alice, body):
    make_model()
    assert_problem(patch(alice, body), 400, "invalid")


def test_a_stranger(bob):
    make_model()
    assert_problem(patch(bob, {"description": "mine now"}), 403, "not_owner")
    assert_problem(patch(None, {"description": "mine now"}), 401, "not_authenticated")
    assert RegisteredModel.objects.get().description == ""


def test_a_key_does_not_give_the_model_away(alice, bob):
    """Who stole one would stay when it is revoked."""
    make_model()
    _, token = issue_key(address=alice.address, name="stolen", scopes=["models:write"])

    def by_key(body):
        return Client().patch(
            "/api/models/digits", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
        )

    for body in ({"owner": bob.address}, {"maintainers": [bob.address]}, {"maintainers": []}):
        assert_problem(by_key(body), 403, "signature_required")
    assert by_key({"description": "by key"}).status_code == 200
