"""GET /api/models/{name}/{version}/lineage"""

import pytest

from registry.services import lineage
from registry.services.lineage import is_ancestor
from tests.registry.calls import send
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def ids(rows):
    return [row["model_id"] for row in rows]


def test_it_works(alice, bob):
    for accuracy in (0.7, 0.8, 0.9, 0.95):
        make_version(accuracy=accuracy, contributors={bob.address: 2500, alice.address: 7500})
    body = send("GET", "/api/models/digits/3/lineage").json()
    assert (body["model_id"], body["total_versions"], body["latest_version"]) == ("digits:3", 4, 4)
    assert (ids(body["ancestors"]), ids(body["descendants"])) == (["digits:2", "digits:1"], ["digits:4"])
    assert body["truncated"] is False
    edge = body["edge"]
    assert (edge["baseline_model_id"], edge["delta"]) == ("digits:2", {"accuracy": pytest.approx(0.1)})
    assert [(row["address"], row["weight_bps"]) for row in edge["contributors"]] == [
        (bob.address, 2500),
        (alice.address, 7500),
    ]
    assert (edge["registered_by"], edge["registrant_is_contributor"]) == (alice.address, True)
    assert body["descendants"][0]["delta"] == {"accuracy": pytest.approx(0.05)}
    assert (body["ancestors"][1]["baseline_model_id"], body["ancestors"][1]["delta"]) == (None, {})
    assert all(row["evidence_level"] == "mlflow_verified" for row in [edge, *body["ancestors"], *body["descendants"]])


def test_a_root_without_descendants():
    make_version()
    body = send("GET", "/api/models/digits/1/lineage").json()
    assert (body["ancestors"], body["descendants"], body["edge"]["baseline_model_id"]) == ([], [], None)


def test_a_fork_and_another_model():
    root = make_version()
    left, right = make_version(baseline=root), make_version(baseline=root)
    make_version(make_model("other"), baseline=right)
    body = send("GET", "/api/models/digits/1/lineage").json()
    assert ids(body["descendants"]) == ["digits:2", "digits:3", "other:1"]
    other = send("GET", "/api/models/other/1/lineage").json()
    assert (ids(other["ancestors"]), other["total_versions"]) == (["digits:3", "digits:1"], 1)
    assert is_ancestor(root, left)
    assert not is_ancestor(left, right)
    assert not is_ancestor(left, root)
    assert not is_ancestor(root, root)


def test_withdrawn_versions_stay_in_line():
    make_version()
    make_version(withdrawn_at="2026-01-01T00:00:00Z")
    make_version()
    body = send("GET", "/api/models/digits/3/lineage").json()
    assert [(row["model_id"], row["withdrawn"]) for row in body["ancestors"]] == [
        ("digits:2", True),
        ("digits:1", False),
    ]


def test_a_long_line_is_cut(monkeypatch):
    monkeypatch.setattr(lineage, "LIMIT", 2)
    for _ in range(4):
        make_version()
    body = send("GET", "/api/models/digits/4/lineage").json()
    assert (ids(body["ancestors"]), body["truncated"]) == (["digits:3", "digits:2"], True)


def test_an_unknown_version():
    assert send("GET", "/api/models/digits/1/lineage").status_code == 404
