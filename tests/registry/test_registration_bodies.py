"""POST /api/models/register: bodies that are refused before MLflow is asked"""

import json

import pytest
from django.test import Client

from registry.models import ModelVersion
from tests.registry.calls import register
from tests.support.problems import assert_problem

pytestmark = pytest.mark.django_db

RUN = "a" * 32


def body(**fields):
    return {
        "model_name": "digits",
        "model_type": "classification",
        "mlflow_run_id": RUN,
        "model_uri": f"runs:/{RUN}/model",
        "metrics": {"accuracy": 0.9},
        **fields,
    }


def raw(wallet, data: str | bytes):
    headers = wallet.headers()
    return Client().post("/api/models/register", data=data, content_type="application/json", headers=headers)


def refused(wallet, field: str, **fields) -> None:
    problem = assert_problem(register(wallet, body(**fields)), 400, "invalid")
    named = {error["field"].split(".")[0] for error in problem["errors"]}
    assert named == {field}, problem
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    "metrics",
    [
        None, {}, [], "accuracy", 5, {"accuracy": None}, {"accuracy": True}, {"accuracy": False}, {"accuracy": "0.9"},
        {"accuracy": {}}, {"accuracy": [0.9]}, {"accuracy": 10**400}, {"": 1}, {"x" * 251: 1}, {"a\0b": 1},
        {"a\ud800": 1}, {f"m{i}": 1 for i in range(201)},
    ],
    ids=repr,
)  # fmt: skip
def test_metrics(alice, metrics):
    refused(alice, "metrics", metrics=metrics)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_metrics_that_are_no_numbers(alice, number):
    assert_problem(
        raw(alice, json.dumps(body()).replace("0.9", number)), 400, "parse_error" if "e" not in number else "invalid"
    )


def test_missing_fields_are_all_named(alice):
    problem = assert_problem(register(alice, {}), 400, "invalid")
    assert {error["field"] for error in problem["errors"]} == {
        "model_name", "model_type", "mlflow_run_id", "model_uri", "metrics",
    }  # fmt: skip


@pytest.mark.parametrize("data", ["", "{", "[]", '"x"', "5", "null", b"\xff\xfe", '{"metrics": 1,}', "1" * 5000])
def test_bodies_that_are_no_object(alice, data):
    assert raw(alice, data).status_code == 400


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", "register", "compare", "evaluate", "a@b", "a%2fb", "<b>x", "a/b", "a:b", "a\\b", "a\nb",
        "digits\n", "a\0b", "é", "١", "x" * 129, " leading", "trailing ", None, 5, ["digits"],
    ],
    ids=repr,
)  # fmt: skip
def test_names(alice, name):
    refused(alice, "model_name", model_name=name)


@pytest.mark.parametrize("model_type", ["", "Classification", "a b", "x" * 65, None, {}])
def test_model_types(alice, model_type):
    refused(alice, "model_type", model_type=model_type)


def deep(levels: int) -> dict:
    value: dict = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "metadata",
    [
        None, [], "text", 5, {"a": "x" * (64 * 1024)}, {"a": "nul \0"}, {"nul \0": 1}, {"a": "\ud800"}, {"\udfff": 1},
        {"a": 2**53}, {"a": [-(2**53)]}, deep(65), deep(900),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_metadata(alice, metadata):
    refused(alice, "metadata", metadata=metadata)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 40_000, '{"metadata": {"a": NaN}}'])
def test_bodies_that_no_parser_should_fall_over(alice, text):
    assert_problem(raw(alice, text), 400, "parse_error")


def test_metadata_with_an_infinite_number(alice):
    assert_problem(raw(alice, json.dumps(body(metadata={"a": 12345})).replace("12345", "1e999")), 400, "invalid")


def test_a_body_of_a_megabyte(alice):
    assert_problem(register(alice, body(metadata={"a": "x" * 1024 * 1024})), 413, "body_too_large")


@pytest.mark.parametrize("address", ["0x123", "", "alice.eth", 5, "0x" + "g" * 40, ["0x" + "1" * 40]])
def test_contributor_addresses(alice, address):
    refused(alice, "contributor_address", contributor_address=address)


def test_a_mixed_case_address_with_a_wrong_checksum(alice, bob):
    wrong = "0x" + bob.address[2:].swapcase()
    problem = assert_problem(register(alice, body(contributor_address=wrong)), 400, "invalid")
    assert problem["errors"][0]["code"] == "invalid_address"
    assert bob.address in problem["detail"]


@pytest.mark.parametrize(
    "weights", [[9999], [10_001], [5000, 4999], [5000, 5001], [0, 10_000], [-1, 10_001], [None], ["x"], [0.5, 9999.5]]
)
def test_weights(alice, bob, weights):
    rows = [{"address": bob.address, "weight_bps": weight} for weight in weights]
    refused(alice, "contributors", contributors=rows)


@pytest.mark.parametrize(
    "row",
    [
        {"samples": -1}, {"samples": 2**53}, {"data_hash": "x" * 201}, {"data_hash": "\0"}, {"data_hash": "\ud800"},
        {"address": "0x1"}, {"address": None},
    ],
    ids=repr,
)  # fmt: skip
def test_contributor_rows(alice, bob, row):
    refused(alice, "contributors", contributors=[{"address": bob.address, "weight_bps": 10_000, **row}])


def test_too_many_contributors(alice, bob):
    refused(alice, "contributors", contributors=[{"address": bob.address, "weight_bps": 99}] * 101)


def test_both_forms_of_contributors(alice, bob):
    rows = [{"address": bob.address, "weight_bps": 10_000}]
    refused(alice, "contributors", contributors=rows, contributor_address=bob.address)


@pytest.mark.parametrize("reference", ["x" * 201, "\0", "a:1\0", 5, {}])
def test_baselines_that_are_no_model_id(alice, reference):
    problem = assert_problem(register(alice, body(baseline_model_id=reference)), 400, "invalid")
    assert problem["errors"][0]["field"] == "baseline_model_id"


def test_problems_never_hold_the_stack(alice):
    for response in (register(alice, body(metrics={"\ud800": "x"})), register(alice, body(metadata={"a": "\ud800"}))):
        assert_problem(response, 400, "invalid")
