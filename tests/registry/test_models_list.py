"""GET /api/models"""

import base64
from urllib.parse import urlencode

import pytest
from django.test import Client

from registry.models import RegisteredModel
from tests.registry.calls import send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def names(path: str) -> list[str]:
    response = send("GET", path)
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


def test_it_works(alice):
    make_version(make_model("first"))
    make_version(make_model("first"))
    make_model("second")
    body = send("GET", "/api/models").json()
    assert set(body) == {"next", "previous", "results"}
    newest, oldest = body["results"]
    assert (newest["name"], newest["latest_version"], newest["total_versions"]) == ("second", None, 0)
    assert (oldest["name"], oldest["latest_version"], oldest["total_versions"]) == ("first", 2, 2)
    assert (oldest["owner"], oldest["primary_metric"]) == (alice.address, "accuracy")


def test_nothing_yet():
    assert send("GET", "/api/models").json() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("owner={bob}", ["b"]), ("owner={bob_lower}", ["b"]), ("model_type=ranking", ["b"]), ("name=AL", ["Alpha"]),
        ("name=%25", []), ("owner={bob}&model_type=classification", []), ("model_type=unknown", []),
    ],
)  # fmt: skip
def test_filters(bob, query, expected):
    make_model("Alpha")
    make_model("b", owner=bob.address, model_type="ranking")
    assert names("/api/models?" + query.format(bob=bob.address, bob_lower=bob.address.lower())) == expected


@pytest.mark.parametrize("query", ["owner=alice", "owner=0x12", "name=a%00b", "model_type=%00"])
def test_filters_that_are_none(query):
    assert_problem(send("GET", f"/api/models?{query}"), 400, "invalid")


@pytest.fixture
def many(alice):
    RegisteredModel.objects.bulk_create(
        RegisteredModel(name=f"m{n:03}", owner=alice.address, model_type="x", primary_metric="y") for n in range(230)
    )


@pytest.mark.parametrize(
    ("page_size", "expected"),
    [("", 50), ("10", 10), ("200", 200), ("201", 200), ("100000", 200), ("0", 50), ("-1", 50), ("x", 50)],
)
def test_page_sizes(many, page_size, expected):
    assert len(names(f"/api/models?page_size={page_size}")) == expected


def test_the_cursor_leads_through_all_and_back(many):
    seen, path, back = [], "/api/models?page_size=100", None
    while path:
        body = send("GET", path).json()
        seen += [row["name"] for row in body["results"]]
        path, back = body["next"], body["previous"]
    assert seen == [f"m{n:03}" for n in reversed(range(230))]
    assert [row["name"] for row in send("GET", back).json()["results"]] == seen[100:200]


def test_a_model_registered_meanwhile_does_not_shift_the_pages(many):
    body = send("GET", "/api/models?page_size=100").json()
    make_model("newest")
    assert names(body["next"])[0] == "m129"


def test_a_cursor_that_is_none():
    assert_problem(send("GET", "/api/models?cursor=nonsense"), 404, "not_found")


def test_closed_reading(settings, alice):
    settings.HOKUSAI_PUBLIC_READ = False
    assert_problem(send("GET", "/api/models"), 401, "not_authenticated")
    assert send("GET", "/api/models", wallet=alice).status_code == 200


@pytest.mark.parametrize("position", ["abc", "", "1.5", "٣", "9" * 30])
def test_a_cursor_of_somebody_elses_making_is_not_found(db, position):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    assert Client().get("/api/models", {"cursor": cursor}).status_code in (200, 404)
