"""registry.services.evidence.pull: the files of a model, as MLflow serves them"""

import tracemalloc

import pytest

from registry.artifacts import CHUNK_BYTES, folder_digest
from registry.services.evidence import pull
from registry.tracking_rest import get_run
from tests.registry.mlflow_calls import bare_run, delete_artifact, logged_model

pytestmark = [pytest.mark.django_db(transaction=True)]

FILES = {
    "MLmodel": b"flavors: {}",
    "data/deep/er/weights.bin": bytes(range(256)) * (CHUNK_BYTES // 200),
    "empty": b"",
    "a file with spaces, ü & (brackets).txt": b"x",
}


def on_disk(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_it_works(mlflow_runs, claim, tmp_path):
    version = pull(claim(mlflow_runs.finished_run(files=FILES)).pk)
    assert version.verification == "verified", version.verification_detail
    assert version.artifact_digest == folder_digest(on_disk(tmp_path, FILES))
    artifacts = version.snapshot.content["artifacts"]
    assert set(artifacts["files"]) == set(FILES)
    assert artifacts["total_bytes"] == str(sum(map(len, FILES.values())))


def test_both_ways_of_naming_a_logged_model_give_one_digest(mlflow_runs, claim, tmp_path):
    run_id = bare_run(mlflow_runs)
    model_id = logged_model(mlflow_runs, run_id, FILES)
    by_run = pull(claim(run_id, model_name="by run").pk)
    by_model = pull(claim(run_id, model_name="by model", model_uri=f"models:/{model_id}").pk)
    assert (by_run.verification, by_model.verification) == ("verified", "verified")
    assert by_run.artifact_digest == by_model.artifact_digest == folder_digest(on_disk(tmp_path, FILES))
    assert by_run.snapshot.content["artifacts"]["logged_model_id"] == model_id


def test_a_part_of_a_logged_model(mlflow_runs, claim, tmp_path):
    run_id = bare_run(mlflow_runs)
    logged_model(mlflow_runs, run_id, {"MLmodel": b"x", "data/a": b"1", "data/b/c": b"2"})
    version = pull(claim(run_id, model_uri=f"runs:/{run_id}/model/data").pk)
    assert version.artifact_digest == folder_digest(on_disk(tmp_path, {"a": b"1", "b/c": b"2"}))


def test_a_logged_model_that_is_not_ready(mlflow_runs, claim):
    run_id = bare_run(mlflow_runs)
    model_id = logged_model(mlflow_runs, run_id, {"MLmodel": b"x"}, ready=False)
    version = pull(claim(run_id, model_uri=f"models:/{model_id}").pk)
    assert version.verification == "missing"
    assert "READY" in version.verification_detail["reason"]


def test_another_runs_logged_model_is_refused_by_the_worker_too(mlflow_runs, claim):
    model_id = logged_model(mlflow_runs, mlflow_runs.finished_run(), {"MLmodel": b"x"})
    version = claim(mlflow_runs.finished_run())
    type(version).objects.filter(pk=version.pk).update(model_uri=f"models:/{model_id}")
    version = pull(version.pk)
    assert version.verification == "missing"
    assert "not logged by the run" in version.verification_detail["reason"]


def test_another_runs_model_among_the_outputs_is_not_taken_for_this_runs(mlflow_runs, claim):
    theirs = logged_model(mlflow_runs, mlflow_runs.finished_run(), {"MLmodel": b"theirs"})
    run_id = mlflow_runs.finished_run(files={"MLmodel": b"mine"})
    mlflow_runs.call("runs/outputs", {"run_id": run_id, "models": [{"model_id": theirs, "step": 0}]})
    artifacts = pull(claim(run_id).pk).snapshot.content["artifacts"]
    assert (artifacts["logged_model_id"], artifacts["total_bytes"]) == (None, "4")


def test_a_large_file_is_never_whole_in_memory(mlflow_runs, claim):
    size = 40 * 1024 * 1024
    version = claim(mlflow_runs.finished_run(files={"weights.bin": b"\x07" * size}))
    tracemalloc.start()
    try:
        version = pull(version.pk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert version.snapshot.content["artifacts"]["total_bytes"] == str(size)
    assert peak < 8 * CHUNK_BYTES


@pytest.mark.parametrize(("cap", "verdict"), [(10, "verified"), (9, "missing")])
def test_the_cap_on_bytes_counts_all_files(mlflow_runs, claim, settings, cap, verdict):
    settings.HOKUSAI_MAX_ARTIFACT_BYTES = cap
    version = pull(claim(mlflow_runs.finished_run(files={"a": b"12345", "b/c": b"12345"})).pk)
    assert version.verification == verdict


def test_the_cap_on_bytes_counts_a_logged_model_and_what_it_overlays(mlflow_runs, claim, settings):
    settings.HOKUSAI_MAX_ARTIFACT_BYTES = 9
    run_id = mlflow_runs.finished_run(files={"a": b"12345"})
    logged_model(mlflow_runs, run_id, {"b": b"12345"})
    assert pull(claim(run_id).pk).verification == "missing"


@pytest.mark.parametrize(("cap", "verdict"), [(3, "verified"), (2, "missing")])
def test_the_cap_on_files(mlflow_runs, claim, settings, cap, verdict):
    settings.HOKUSAI_MAX_ARTIFACT_FILES = cap
    version = pull(claim(mlflow_runs.finished_run(files={"a": b"", "b/c": b"", "b/d": b""})).pk)
    assert version.verification == verdict


def test_folders_nested_too_deep(mlflow_runs, claim):
    version = pull(claim(mlflow_runs.finished_run(files={"/".join("d" * 40): b"x"})).pk)
    assert version.verification == "missing"
    assert "deep" in version.verification_detail["reason"]


def test_a_file_left_in_the_middle_does_not_spoil_the_next_answer(mlflow_runs, claim, settings):
    settings.HOKUSAI_MAX_ARTIFACT_BYTES = 10
    version = claim(mlflow_runs.finished_run(files={"a": b"{}" * 8 * CHUNK_BYTES}))
    for _ in range(5):
        assert pull(version.pk).verification == "missing"
        assert get_run(version.mlflow_run_id).run_id == version.mlflow_run_id


def test_a_single_file_is_no_model(mlflow_runs, claim):
    run_id = mlflow_runs.finished_run()
    version = pull(claim(run_id, model_uri=f"runs:/{run_id}/model/MLmodel").pk)
    assert version.verification == "missing"


def test_a_file_that_goes_away_is_missing(mlflow_runs, claim):
    run_id = bare_run(mlflow_runs)
    model_id = logged_model(mlflow_runs, run_id, {"MLmodel": b"x"})
    version = pull(claim(run_id).pk)
    delete_artifact(mlflow_runs, f"{mlflow_runs.experiment_id}/models/{model_id}/artifacts/MLmodel")
    assert pull(version.pk).verification == "missing"


@pytest.mark.parametrize(("cap", "verdict"), [(4, "verified"), (3, "missing")])
def test_the_cap_on_folders(mlflow_runs, claim, settings, cap, verdict):
    """The model's own, and three in it: each is a call, whether it holds files or not."""
    settings.HOKUSAI_MAX_ARTIFACT_FILES = cap
    assert pull(claim(mlflow_runs.finished_run(files={"a/b/c/d": b""})).pk).verification == verdict
