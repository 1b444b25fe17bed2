"""POST /api/models/register: one numbering with MLflow's own registry, and MLflow away"""

import json

import pytest
from django.test import Client

from registry import tracking_rest
from registry.models import ModelVersion, RegisteredModel, RegistrationLease
from registry.services.evidence import pull
from tests.registry.calls import register, registered
from tests.registry.mlflow_calls import call, create_version, logged_model, versions
from tests.support.ports import free_port
from tests.support.problems import assert_problem

pytestmark = [pytest.mark.django_db(transaction=True)]


def source_of(runs, run_id: str) -> str:
    return f"mlflow-artifacts:/{runs.experiment_id}/{run_id}/artifacts/model"


def test_where_mlflow_has_no_version_the_registry_makes_it(mlflow_runs, alice):
    first = registered(mlflow_runs, alice, model_name="made here")
    second = registered(mlflow_runs, alice, model_name="made here")
    made = {int(v["version"]): v for v in versions(mlflow_runs, "made here")}
    assert (first["version"], second["version"]) == (1, 2)
    assert set(made) == {1, 2}
    assert made[2]["run_id"] == second["mlflow_run_id"]
    assert made[2]["source"] == source_of(mlflow_runs, second["mlflow_run_id"])


@pytest.mark.parametrize("form", ["runs:/{run}/model", "mlflow-artifacts:/{experiment}/{run}/artifacts/model"])
def test_a_version_that_mlflow_has_keeps_its_number(mlflow_runs, alice, form):
    name = f"numbered {form[:4]}"
    other, run_id = mlflow_runs.finished_run(), mlflow_runs.finished_run()
    mlflow_runs.call("registered-models/create", {"name": name})
    create_version(mlflow_runs, name, other, source_of(mlflow_runs, other))
    number = create_version(mlflow_runs, name, run_id, form.format(run=run_id, experiment=mlflow_runs.experiment_id))
    response = register(alice, mlflow_runs.body(run_id, model_name=name))
    assert (response.status_code, response.json()["version"], number) == (201, 2, 2)
    assert len(versions(mlflow_runs, name)) == 2
    # The other run was never registered: its number stays free for it.
    assert register(alice, mlflow_runs.body(other, model_name=name)).json()["version"] == 1


def test_of_two_versions_of_one_run_the_oldest_counts(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run()
    mlflow_runs.call("registered-models/create", {"name": "oldest"})
    for _ in range(3):
        create_version(mlflow_runs, "oldest", run_id, source_of(mlflow_runs, run_id))
    assert register(alice, mlflow_runs.body(run_id, model_name="oldest")).json()["version"] == 1


# What else a client may try (https://, another run's folder), MLflow refuses itself.
@pytest.mark.parametrize("source", ["s3://x/y", "gs://x/y"])
def test_a_version_with_a_foreign_source_is_not_this_model(mlflow_runs, alice, source):
    name = f"foreign {source[:2]}"
    run_id = mlflow_runs.finished_run()
    mlflow_runs.call("registered-models/create", {"name": name})
    assert create_version(mlflow_runs, name, run_id, source) == 1
    assert register(alice, mlflow_runs.body(run_id, model_name=name)).json()["version"] == 2
    made = {v["version"]: v["source"] for v in versions(mlflow_runs, name)}
    assert made == {"1": source, "2": source_of(mlflow_runs, run_id)}


def test_a_logged_models_version_is_found_by_either_way_of_naming_it(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run(files={})
    model_id = logged_model(mlflow_runs, run_id, {"MLmodel": b"x"})
    mlflow_runs.call("registered-models/create", {"name": "logged"})
    create_version(mlflow_runs, "logged", run_id, f"models:/{model_id}", model_id=model_id)
    assert register(alice, mlflow_runs.body(run_id, model_name="logged")).json()["version"] == 1
    by_uri = mlflow_runs.body(run_id, model_name="logged too", model_uri=f"models:/{model_id}")
    assert register(alice, by_uri).status_code == 201
    assert [v["source"] for v in versions(mlflow_runs, "logged too")] == [f"models:/{model_id}"]
    assert pull(ModelVersion.objects.get(registered_model__name="logged too").pk).verification == "verified"


def test_a_model_logged_twice_means_its_newest(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run()
    logged_model(mlflow_runs, run_id, {"MLmodel": b"old"})
    newest = logged_model(mlflow_runs, run_id, {"MLmodel": b"new"})
    assert register(alice, mlflow_runs.body(run_id, model_name="twice")).status_code == 201
    assert [v["source"] for v in versions(mlflow_runs, "twice")] == [f"models:/{newest}"]
    snapshot = pull(ModelVersion.objects.get().pk).snapshot
    assert snapshot.content["artifacts"]["logged_model_id"] == newest


def test_a_run_of_too_many_models_is_not_searched_for_a_name(mlflow_runs, alice, monkeypatch):
    monkeypatch.setattr(tracking_rest, "MAX_LOGGED_MODELS", 1)
    run_id = mlflow_runs.finished_run(files={"MLmodel": b"x"})
    logged_model(mlflow_runs, run_id, {"MLmodel": b"old"})
    newest = logged_model(mlflow_runs, run_id, {"MLmodel": b"new"})
    body = mlflow_runs.body(run_id, model_name="many models")
    problem = assert_problem(register(alice, body), 422, "too_many_models")
    assert "models:/m-" in problem["detail"]
    assert register(alice, {**body, "model_uri": f"models:/{newest}"}).status_code == 201


def test_a_number_of_another_run_is_a_conflict(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="recycled")
    call(mlflow_runs, "DELETE", "mlflow/registered-models/delete", {"name": "recycled"})
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="recycled")
    assert_problem(register(alice, body), 409, "already_registered")
    assert ModelVersion.objects.count() == 1


def test_mlflow_away(mlflow_runs, alice, settings):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="away")
    headers = alice.headers()

    def send():
        data = json.dumps(body)
        return Client().post("/api/models/register", data, content_type="application/json", headers=headers)

    there = settings.MLFLOW_TRACKING_URI
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"
    for _ in range(2):
        assert_problem(send(), 503, "tracking_unreachable")
    assert not ModelVersion.objects.exists()
    assert not RegisteredModel.objects.exists()
    assert not RegistrationLease.objects.exists()
    # The message was not used up: the very same request goes through later, and then never again.
    settings.MLFLOW_TRACKING_URI = there
    assert send().status_code == 201
    assert_problem(send(), 401, "replayed")


def test_what_is_registered_needs_no_mlflow_to_be_repeated(mlflow_runs, alice, settings):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="repeat offline")
    assert register(alice, body).status_code == 201
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"
    assert register(alice, body).status_code == 200
    assert_problem(register(alice, {**body, "metadata": {}}), 409, "already_registered")


def test_a_run_of_megabytes_is_not_read_whole(mlflow_runs, alice, monkeypatch):
    """Anybody may log tags without end; the web process keeps its memory."""
    monkeypatch.setattr(tracking_rest, "_MAX_ANSWER_BYTES", 20_000)
    tags = {f"tag{number}": "x" * 4_000 for number in range(10)}
    body = mlflow_runs.body(mlflow_runs.finished_run(tags=tags), model_name="heavy")
    problem = assert_problem(register(alice, body), 422, "run_not_found")
    assert "more than 20000 bytes" in problem["detail"]
    # The connection that was left in the middle is not used again.
    assert registered(mlflow_runs, alice, model_name="light")["version"] == 1
