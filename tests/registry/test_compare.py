"""GET /api/models/compare"""

import pytest

from tests.registry.calls import send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def compare(model1, model2):
    return send("GET", f"/api/models/compare?model1={model1}&model2={model2}")


def test_it_works():
    make_version(metrics={"accuracy": 0.28, "loss": 0.5, "only": 1})
    make_version(metrics={"accuracy": 0.29, "loss": 0.6})
    body = compare("digits:1", "digits:2").json()
    assert body["performance_delta"] == {"accuracy": 0.29 - 0.28, "loss": 0.6 - 0.5}
    assert body["metrics"]["accuracy"]["baseline"] == 0.28
    assert (body["metrics"]["accuracy"]["direction"], body["metrics"]["accuracy"]["improved"]) == ("higher", True)
    assert (body["metrics"]["loss"]["direction"], body["metrics"]["loss"]["improved"]) == ("lower", False)
    assert (body["deltaone"]["gain_bps"], body["deltaone"]["achieved"]) == (100, True)
    assert body["verified"] is True
    assert (body["model1"]["model_id"], body["model2"]["evidence_level"]) == ("digits:1", "mlflow_verified")


def test_the_other_way_round_is_a_loss():
    make_version(accuracy=0.8)
    make_version(accuracy=0.9)
    body = compare("digits:2", "digits:1").json()
    assert body["performance_delta"]["accuracy"] == pytest.approx(-0.1)
    assert body["deltaone"]["achieved"] is False


@pytest.mark.parametrize("reference", ["digits:latest", "digits@Production", "digits@production"])
def test_moving_references(reference):
    make_version(accuracy=0.8)
    make_version(accuracy=0.9, stage="Production")
    assert compare("digits:1", reference).json()["model2"]["model_id"] == "digits:2"


@pytest.mark.parametrize("fields", [{"verification": "mismatched"}, {"withdrawn_at": "2026-01-01T00:00:00Z"}])
def test_both_must_be_verified(fields):
    make_version()
    make_version(**fields)
    assert compare("digits:1", "digits:2").json()["verified"] is False


def test_versions_with_nothing_in_common():
    make_version(metrics={"accuracy": 0.5})
    make_version(make_model("other", primary_metric="rmse"), metrics={"rmse": 1.0})
    body = compare("digits:1", "other:1").json()
    assert (body["performance_delta"], body["metrics"], body["deltaone"]["achieved"]) == ({}, {}, False)


def test_numbers_that_no_double_holds():
    model = make_model(primary_metric="r2")
    make_version(model, metrics={"r2": -1.7e308, "tiny": 5e-324})
    make_version(model, metrics={"r2": 1.7e308, "tiny": 1.0})
    response = compare("digits:1", "digits:2")
    assert response.status_code == 200, response.content
    assert response.json()["performance_delta"]["r2"] is None
    assert response.json()["metrics"]["tiny"]["relative_change"] is None
    assert send("GET", "/api/models/digits/2/lineage").json()["edge"]["delta"]["r2"] is None


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("", 400, "invalid", "model1"), ("model1=digits:1", 400, "invalid", "model2"),
        ("model1=digits&model2=digits:1", 400, "invalid", "model1"),
        ("model1=digits:1&model2=digits:1%00", 400, "invalid", "model2"),
        ("model1=digits:1&model2=digits:9", 404, "model_not_found", None),
        ("model1=digits@Staging&model2=digits:1", 404, "model_not_found", None),
    ],
)  # fmt: skip
def test_references_that_lead_nowhere(query, status, code, field):
    make_version()
    problem = assert_problem(send("GET", f"/api/models/compare?{query}"), status, code)
    assert [error["field"] for error in problem.get("errors", [])] == ([field] if field else [])
