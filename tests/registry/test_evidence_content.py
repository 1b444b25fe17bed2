"""registry.evidence: what a snapshot holds, and what can be told from it"""

import copy
import math

import pytest

from registry.evidence import ModelFiles, changes, mismatches, number_text, rfc3339, snapshot_content
from registry.runs import Metric, Run


@pytest.fixture
def content():
    run = Run(
        run_id="r", experiment_id="1", status="FINISHED", deleted=False, start_ms=1_700_000_000_001, end_ms=None,
        artifact_uri="x", metrics={"accuracy": Metric(0.9, 5, 0), "odd": Metric(math.nan, 5, 1)}, params={"p": "1"},
        tags={"t": "1"}, logged_model_ids=(),
    )  # fmt: skip
    return snapshot_content(run, ModelFiles("sha256:aa", {"MLmodel": "aa"}, 2**60, "m-1"))


def test_it_works(content):
    assert content["run"]["start_time"] == "2023-11-14T22:13:20.001Z"
    assert content["run"]["end_time"] is None
    assert content["metrics"]["accuracy"] == {"value": "0.9", "timestamp_ms": "5", "step": "0"}
    assert content["metrics"]["odd"]["value"] == "NaN"
    assert content["artifacts"]["total_bytes"] == str(2**60)
    assert mismatches({"accuracy": 0.9}, content) == []
    assert changes(content, copy.deepcopy(content), {"accuracy": 0.9}) == []


@pytest.mark.parametrize(
    ("claimed", "found"),
    [
        ({"accuracy": 0.91}, {"field": "metrics.accuracy", "claimed": 0.91, "mlflow": 0.9}),
        ({"f1": 0.5}, {"field": "metrics.f1", "claimed": 0.5, "mlflow": None}),
        ({"odd": 0.5}, {"field": "metrics.odd", "claimed": 0.5, "mlflow": "NaN"}),
    ],
)
def test_mismatches(content, claimed, found):
    assert mismatches(claimed, content) == [found]


@pytest.mark.parametrize(
    ("where", "value", "fields"),
    [
        (("run", "status"), "FAILED", ["status"]),
        (("artifacts", "digest"), "sha256:bb", ["artifact_digest"]),
        (("metrics", "accuracy", "value"), "0.91", ["metrics.accuracy"]),
        (("params", "p"), "2", ["params.p"]),
        (("params", "q"), "2", ["params.q"]),
        (("metrics", "accuracy", "timestamp_ms"), "6", []),
        (("metrics", "odd", "value"), "1", []),
        (("tags", "t"), "2", []),
        (("run", "end_time"), "2024-01-01T00:00:00.000Z", []),
    ],
)
def test_changes(content, where, value, fields):
    now = copy.deepcopy(content)
    target = now
    for name in where[:-1]:
        target = target[name]
    target[where[-1]] = value
    assert [row["field"] for row in changes(content, now, {"accuracy": 0.9})] == fields


def test_what_is_gone_is_a_change(content):
    now = copy.deepcopy(content)
    del now["metrics"]["accuracy"]
    now["params"] = {}
    found = {row["field"]: (row["snapshot"], row["mlflow"]) for row in changes(content, now, {"accuracy": 0.9})}
    assert found == {"metrics.accuracy": ("0.9", None), "params.p": ("1", None)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (1e-3, "0.001"), (2.0, "2")],
)
def test_numbers_travel_as_text(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, None), (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (10**18, f"{10**18} ms")],
)
def test_times(milliseconds, text):
    assert rfc3339(milliseconds) == text
