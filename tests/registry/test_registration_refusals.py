"""POST /api/models/register: runs, owners and places that are refused"""

import pytest

from registry.models import ModelVersion, RegisteredModel, RegistrationLease
from tests.registry.calls import register, registered, send
from tests.registry.mlflow_calls import logged_model, unfinished_run, versions
from tests.support.problems import assert_problem

pytestmark = [pytest.mark.django_db(transaction=True)]

CREATOR = "hokusai.creator_address"


def assert_nothing_stored() -> None:
    assert not ModelVersion.objects.exists()
    assert not RegisteredModel.objects.exists()
    assert not RegistrationLease.objects.exists()


@pytest.mark.parametrize("run_id", ["0" * 32, "no-such-run", "x"])
def test_an_unknown_run(mlflow_runs, alice, run_id):
    assert_problem(register(alice, mlflow_runs.body(run_id)), 422, "run_not_found")
    assert_nothing_stored()


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "KILLED", "SCHEDULED"])
def test_a_run_that_is_not_finished(mlflow_runs, alice, status):
    run_id = mlflow_runs.finished_run(status=status)
    assert_problem(register(alice, mlflow_runs.body(run_id)), 422, "run_not_finished")
    assert_nothing_stored()


def test_a_run_that_never_logged_anything(mlflow_runs, alice):
    assert_problem(register(alice, mlflow_runs.body(unfinished_run(mlflow_runs))), 422, "run_not_finished")


def test_a_deleted_run(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run()
    mlflow_runs.call("runs/delete", {"run_id": run_id})
    assert_problem(register(alice, mlflow_runs.body(run_id)), 422, "run_not_found")
    assert_nothing_stored()


@pytest.mark.parametrize("run_id", ["", "../x", "a b", "a" * 65, "run?x=1", "r\u00fcn", 5, None, ["x"]])
def test_a_run_id_that_is_none(mlflow_runs, alice, run_id):
    body = {**mlflow_runs.body("x" * 32), "mlflow_run_id": run_id}
    if run_id == 5:  # A number is read as its digits, and MLflow has no such run.
        body["model_uri"] = "runs:/5/model"
        assert_problem(register(alice, body), 422, "run_not_found")
    else:
        assert_problem(register(alice, body), 400, "invalid")


def test_the_creator_of_a_run_registers_it(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run(tags={CREATOR: alice.address.lower()})
    assert register(alice, mlflow_runs.body(run_id, model_name="own run")).status_code == 201


@pytest.mark.parametrize("creator", ["bob", "", "nonsense"])
def test_somebody_elses_run(mlflow_runs, alice, bob, creator):
    run_id = mlflow_runs.finished_run(tags={CREATOR: bob.address if creator == "bob" else creator})
    assert_problem(register(alice, mlflow_runs.body(run_id, model_name="not my run")), 403, "not_run_owner")
    assert_nothing_stored()
    assert versions(mlflow_runs, "not my run") == []


def test_one_models_people_register_each_others_runs(mlflow_runs, alice, bob, carol):
    registered(mlflow_runs, alice, model_name="people")
    run_id = mlflow_runs.finished_run(tags={CREATOR: bob.address})
    body = mlflow_runs.body(run_id, model_name="people")
    assert_problem(register(alice, body), 403, "not_run_owner")
    assert send("PATCH", "/api/models/people", {"maintainers": [bob.address]}, alice).status_code == 200
    # Being named is not enough: bob was not asked. Registering a version is his own act.
    assert_problem(register(alice, body), 403, "not_run_owner")
    registered(mlflow_runs, bob, model_name="people")
    assert register(alice, body).status_code == 201
    # And a maintainer may register the owner's run, but nobody a stranger's.
    owners = mlflow_runs.finished_run(tags={CREATOR: alice.address})
    assert register(bob, mlflow_runs.body(owners, model_name="people")).status_code == 201
    strangers = mlflow_runs.finished_run(tags={CREATOR: carol.address})
    assert_problem(register(bob, mlflow_runs.body(strangers, model_name="people")), 403, "not_run_owner")
    # Who has left the model has left with their runs.
    assert send("PATCH", "/api/models/people", {"maintainers": []}, alice).status_code == 200
    left = mlflow_runs.finished_run(tags={CREATOR: bob.address})
    assert_problem(register(alice, mlflow_runs.body(left, model_name="people")), 403, "not_run_owner")


def test_an_owner_without_consent_lends_no_runs(mlflow_runs, alice, bob):
    """Handing a model over to a run's creator, and staying on as maintainer, is no consent either."""
    registered(mlflow_runs, alice, model_name="handed")
    body = {"maintainers": [alice.address], "owner": bob.address}
    assert send("PATCH", "/api/models/handed", body, alice).status_code == 200
    run_id = mlflow_runs.finished_run(tags={CREATOR: bob.address})
    assert_problem(register(alice, mlflow_runs.body(run_id, model_name="handed")), 403, "not_run_owner")


def test_who_comes_back_unasked_lends_no_runs(mlflow_runs, alice, bob):
    """Alice founded the model and left it to bob, who then makes her a maintainer, and its owner, again."""
    registered(mlflow_runs, alice, model_name="left")
    assert send("PATCH", "/api/models/left", {"owner": bob.address}, alice).status_code == 200
    body = mlflow_runs.body(mlflow_runs.finished_run(tags={CREATOR: alice.address}), model_name="left")
    assert send("PATCH", "/api/models/left", {"maintainers": [alice.address]}, bob).status_code == 200
    assert_problem(register(bob, body), 403, "not_run_owner")
    back = {"owner": alice.address, "maintainers": [bob.address]}
    assert send("PATCH", "/api/models/left", back, bob).status_code == 200
    assert_problem(register(bob, body), 403, "not_run_owner")


def test_somebody_elses_name(mlflow_runs, alice, bob):
    registered(mlflow_runs, alice, model_name="taken")
    problem = assert_problem(
        register(bob, mlflow_runs.body(mlflow_runs.finished_run(), model_name="taken")), 403, "not_owner"
    )
    assert "another name" in problem["detail"]
    assert alice.address in problem["detail"]
    assert RegisteredModel.objects.get().version_count == 1


def test_a_stranger_does_not_repeat_the_owners_registration(mlflow_runs, alice, bob):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="repeat")
    assert register(alice, body).status_code == 201
    assert_problem(register(bob, body), 403, "not_owner")


def test_a_maintainer_registers_and_a_former_one_does_not(mlflow_runs, alice, bob):
    registered(mlflow_runs, alice, model_name="maintained")
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="maintained")
    assert send("PATCH", "/api/models/maintained", {"maintainers": [bob.address]}, alice).status_code == 200
    answer = register(bob, body)
    assert (answer.status_code, answer.json()["registered_by"]) == (201, bob.address)
    assert send("PATCH", "/api/models/maintained", {"maintainers": []}, alice).status_code == 200
    assert_problem(
        register(bob, mlflow_runs.body(mlflow_runs.finished_run(), model_name="maintained")), 403, "not_owner"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc", "file:///etc/passwd", "s3://bucket/model", "https://example.org/model", "/etc/passwd",
        "mlflow-artifacts:/1/x/artifacts/model", "models:/name/1", "models:/name@production", "models:/m-../x",
        "models:/m-", "models:/M-abc", "runs:/{run}", "runs:/{run}/", "runs:/{run}/..", "runs:/{run}/../other/model",
        "runs:/{run}/model/../../x", "runs:/{run}//model", "runs:/{run}/./model", "runs:/{run}/model/",
        "runs:/{run}/mo%2e%2edel", "runs:/{run}/model?x", "runs:/{run}/model#x", "runs:/{run}/a\\b",
        "runs:/{other}/model", "RUNS:/{run}/model", "runs://{run}/model", "", "runs:/{run}/" + "x" * 301, None, 7,
    ],
)  # fmt: skip
def test_a_model_uri_that_is_not_this_runs(mlflow_runs, alice, uri):
    text = uri.format(run="a" * 32, other="b" * 32) if isinstance(uri, str) else uri
    problem = assert_problem(register(alice, {**mlflow_runs.body("a" * 32), "model_uri": text}), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["model_uri"]


def test_another_runs_logged_model(mlflow_runs, alice):
    theirs, mine = mlflow_runs.finished_run(), mlflow_runs.finished_run()
    model_id = logged_model(mlflow_runs, theirs, {"MLmodel": b"x"})
    # Anybody may list any model among a run's outputs: what counts is the run the model names.
    mlflow_runs.call("runs/outputs", {"run_id": mine, "models": [{"model_id": model_id, "step": 0}]})
    body = mlflow_runs.body(mine, model_name="foreign", model_uri=f"models:/{model_id}")
    problem = assert_problem(register(alice, body), 400, "invalid")
    assert problem["errors"][0]["field"] == "model_uri"
    assert_nothing_stored()


def test_a_logged_model_that_is_not_there(mlflow_runs, alice):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_uri="models:/m-0123456789abcdef")
    assert_problem(register(alice, body), 422, "model_not_logged")
    assert_nothing_stored()


@pytest.mark.parametrize("location", ["file:///etc", "s3://bucket/x", "/tmp/elsewhere"])
def test_artifacts_outside_the_tracking_servers_store(mlflow_runs, alice, location):
    experiment = mlflow_runs.create_experiment(f"outside {location}", location)
    run_id = mlflow_runs.finished_run(experiment_id=experiment)
    assert_problem(register(alice, mlflow_runs.body(run_id, model_name="outside")), 422, "artifacts_outside_store")
    assert_nothing_stored()
    assert versions(mlflow_runs, "outside") == []
