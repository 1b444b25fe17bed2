"""registry.runs"""

import pytest

from registry.runs import LoggedModel, OutsideStore, Run, is_plain_segment, store_path

ID = "0" * 32


def test_it_works():
    run = Run.from_rest(
        {
            "info": {"run_id": ID, "experiment_id": "1", "status": "FINISHED", "start_time": 5, "artifact_uri": "x"},
            "data": {
                "metrics": [{"key": "n", "value": "NaN"}, {"key": "a", "value": 1, "timestamp": "7", "step": "2"}],
                "params": [{"key": "p"}],
                "tags": [{"key": "t", "value": "v"}],
            },
            "outputs": {"model_outputs": [{"model_id": "m-1", "step": 0}]},
        }
    )
    assert (run.deleted, run.start_ms, run.end_ms) == (False, 5, None)
    assert (run.metrics["a"].value, run.metrics["a"].timestamp_ms, run.metrics["a"].step) == (1.0, 7, 2)
    assert run.metrics["n"].value != run.metrics["n"].value
    assert (run.params, run.tags, run.logged_model_ids) == ({"p": ""}, {"t": "v"}, ("m-1",))


def test_a_bare_answer_is_enough():
    run = Run.from_rest(
        {"info": {"run_id": ID, "experiment_id": "1", "status": "RUNNING", "lifecycle_stage": "deleted"}}
    )
    assert (run.deleted, run.metrics, run.logged_model_ids, run.artifact_uri) == (True, {}, (), "")
    model = LoggedModel.from_rest({"info": {"model_id": "m-1"}})
    assert (model.uri, model.ready, model.source_run_id) == ("models:/m-1", False, "")


def test_the_place_in_the_store():
    assert store_path(f"mlflow-artifacts:/1/{ID}/artifacts/a b") == f"1/{ID}/artifacts/a b"


@pytest.mark.parametrize(
    "uri",
    [
        "", "file:///etc", "/etc", "s3://bucket/x", "http://127.0.0.1/x", "mlflow-artifacts:/", "mlflow-artifacts:1/x",
        "mlflow-artifacts://host/1/x", "mlflow-artifacts:///1/x", "mlflow-artifacts:/../x",
        "mlflow-artifacts:/1/../../x",
        "mlflow-artifacts:/1/./x", "mlflow-artifacts:/1//x", "mlflow-artifacts:/1/x/", "mlflow-artifacts:/1/%2e%2e/x",
        "mlflow-artifacts:/1/a\\b", "mlflow-artifacts:/1/a\0b", "MLFLOW-ARTIFACTS:/1/x",
    ],
)  # fmt: skip
def test_places_outside_the_store(uri):
    with pytest.raises(OutsideStore):
        store_path(uri)


@pytest.mark.parametrize(
    ("segment", "plain"),
    [("a", True), ("a b", True), ("...", True), ("ü", True), ("", False), (".", False), ("..", False), ("a/b", False)],
)
def test_segments(segment, plain):
    assert is_plain_segment(segment) is plain
