"""POST /api/models/register: what is stored and answered"""

import pytest

from registry.models import MetricClaim, ModelVersion, RegisteredModel, RegistrationLease
from registry.services.evidence import pull
from tests.registry.calls import register, registered, send
from tests.support.problems import assert_problem

pytestmark = [pytest.mark.django_db(transaction=True)]

FIELDS = {
    "model_id", "model_name", "version", "status", "verification", "evidence_level", "registration_timestamp", "stage",
    "registered_by", "contributor_address", "baseline_model_id", "baseline_inferred", "metrics", "links",
}  # fmt: skip


def test_it_works(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run({"accuracy": 0.9})
    response = register(alice, mlflow_runs.body(run_id, model_name="it works", contributor_address=alice.address))
    assert response.status_code == 201, response.content
    body = response.json()
    assert set(body) >= FIELDS
    assert body["model_id"] == "it works:1"
    assert (body["model_name"], body["version"], body["status"]) == ("it works", 1, "registered")
    assert (body["verification"], body["evidence_level"], body["stage"]) == ("pending", "claimed", "None")
    assert body["registered_by"] == body["contributor_address"] == alice.address
    assert body["registrant_is_contributor"] is True
    assert (body["baseline_model_id"], body["baseline_inferred"]) == (None, False)
    assert body["metrics"] == {"accuracy": 0.9}
    assert body["registration_timestamp"].endswith("Z")
    assert not RegistrationLease.objects.exists()
    version = pull(ModelVersion.objects.get().pk)
    assert version.verification == "verified", version.verification_detail


def test_links_lead_somewhere(mlflow_runs, alice):
    links = registered(mlflow_runs, alice, model_name="links with space")["links"]
    assert set(links) == {"self", "lineage", "transitions", "attestation", "page"}
    for name in ("self", "lineage", "transitions"):
        assert send("GET", links[name]).status_code == 200


def test_nobody_registers_without_a_credential(mlflow_runs):
    assert_problem(register(None, mlflow_runs.body("0" * 32)), 401, "not_authenticated")
    assert not ModelVersion.objects.exists()


def test_the_same_again_is_the_same_version(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run()
    body = mlflow_runs.body(run_id, model_name="again", metadata={"n": 1.0, "deep": {"list": [1e300, None, "é"]}})
    first, second = register(alice, body), register(alice, {**body, "metadata": {**body["metadata"], "n": 1}})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["model_id"] == second.json()["model_id"]
    assert first.json()["registration_timestamp"] == second.json()["registration_timestamp"]
    assert (ModelVersion.objects.count(), MetricClaim.objects.count()) == (1, 1)
    assert RegisteredModel.objects.get().version_count == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"metrics": {"accuracy": 0.91}}, "metrics"),
        ({"metrics": {"accuracy": 0.9, "f1": 0.8}}, "metrics"),
        ({"metadata": {}}, "metadata"),
        ({"metadata": {"flag": 1}}, "metadata"),
        ({"contributor_address": "0x" + "12" * 20}, "contributors"),
        ({"model_type": "regression"}, "model_type"),
        ({"baseline_model_id": "other content:1"}, "baseline_model_id"),
        ({"baseline_model_id": "never heard of:7"}, "baseline_model_id"),
        ({"primary_metric": "f1"}, "primary_metric"),
        ({"model_uri": "runs:/{run}/other"}, "model_uri"),
    ],
)
def test_other_content_of_the_same_run_is_refused(mlflow_runs, alice, changed, field):
    run_id = mlflow_runs.finished_run()
    body = mlflow_runs.body(run_id, model_name="other content", metadata={"flag": True})
    assert register(alice, body).status_code == 201
    changed = {name: v.format(run=run_id) if isinstance(v, str) else v for name, v in changed.items()}
    problem = assert_problem(register(alice, {**body, **changed}), 409, "already_registered")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert ModelVersion.objects.get().metrics == {"accuracy": 0.9}


def test_no_baseline_on_a_name_with_versions_means_the_one_before(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="infer")
    second = registered(mlflow_runs, alice, model_name="infer")
    third = registered(mlflow_runs, alice, model_name="infer")
    assert (second["baseline_model_id"], second["baseline_inferred"]) == ("infer:1", True)
    assert (third["baseline_model_id"], third["baseline_inferred"]) == ("infer:2", True)


def test_a_named_baseline_is_taken_as_it_is(mlflow_runs, alice, bob):
    registered(mlflow_runs, bob, model_name="theirs")
    own = registered(mlflow_runs, alice, model_name="named", baseline_model_id="theirs:1")
    assert (own["baseline_model_id"], own["baseline_inferred"]) == ("theirs:1", False)


def test_a_moving_baseline_means_what_it_meant_at_first(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="moving")
    run_id = mlflow_runs.finished_run()
    body = mlflow_runs.body(run_id, model_name="moving", baseline_model_id="moving:latest")
    assert register(alice, body).json()["baseline_model_id"] == "moving:1"
    # By now latest is the version itself: the same words are still the same baseline.
    again = register(alice, body)
    assert (again.status_code, again.json()["baseline_model_id"]) == (200, "moving:1")
    # What it was resolved to is the same content, too; what latest means now is not.
    assert register(alice, {**body, "baseline_model_id": "moving:1"}).status_code == 200
    assert_problem(register(alice, {**body, "baseline_model_id": "moving:2"}), 409, "already_registered")


def test_an_inferred_baseline_may_be_written_out_when_repeated(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="written")
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="written")
    assert register(alice, body).status_code == 201
    assert register(alice, {**body, "baseline_model_id": "written:1"}).status_code == 200
    unknown = register(alice, {**body, "baseline_model_id": "never heard of:7"})
    assert_problem(unknown, 409, "already_registered")


@pytest.mark.parametrize(
    ("reference", "status", "code"),
    [
        ("baseline:9", 422, "baseline_not_found"),
        ("nobody:1", 422, "baseline_not_found"),
        ("baseline@Production", 422, "baseline_not_found"),
        ("baseline", 400, "invalid"),
        ("baseline:0", 400, "invalid"),
        ("baseline@Nowhere", 400, "invalid"),
    ],
)
def test_an_unknown_baseline_is_refused(mlflow_runs, alice, reference, status, code):
    registered(mlflow_runs, alice, model_name="baseline")
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="baseline", baseline_model_id=reference)
    assert_problem(register(alice, body), status, code)
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("model_type", "metrics", "primary"),
    [
        ("classification", {"f1_score": 0.1, "accuracy": 0.2}, "accuracy"),
        ("classification", {"f1_score": 0.1}, "f1_score"),
        ("regression", {"r2": 0.1, "mae": 2, "rmse": 3}, "rmse"),
        ("regression", {"r2": 0.1, "mae": 2}, "mae"),
        ("regression", {"r2": 0.1}, "r2"),
        ("ranking", {"map": 0.1, "ndcg": 0.2}, "ndcg"),
        ("ranking", {"map": 0.1}, None),
        ("clustering", {"silhouette": 0.1}, None),
    ],
)
def test_the_primary_metric_has_a_default_for_each_type(mlflow_runs, alice, model_type, metrics, primary):
    body = mlflow_runs.body(
        mlflow_runs.finished_run(metrics), model_name="primary", model_type=model_type, metrics=metrics
    )
    response = register(alice, body)
    if primary is None:
        problem = assert_problem(response, 400, "invalid")
        assert problem["errors"][0]["field"] == "primary_metric"
        response = register(alice, {**body, "primary_metric": next(iter(metrics))})
    assert response.status_code == 201, response.content
    assert response.json()["primary_metric"] == (primary or next(iter(metrics)))


def test_later_versions_are_judged_by_the_first_ones_metric(mlflow_runs, alice):
    registered(mlflow_runs, alice, model_name="later")
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="later")
    for changed, field in (
        ({"metrics": {"f1_score": 0.9}}, "metrics"),
        ({"primary_metric": "f1_score", "metrics": {"accuracy": 0.9, "f1_score": 0.9}}, "primary_metric"),
        ({"model_type": "ranking"}, "model_type"),
    ):
        problem = assert_problem(register(alice, {**body, **changed}), 400, "invalid")
        assert problem["errors"][0]["field"] == field
    assert register(alice, {**body, "primary_metric": "accuracy"}).status_code == 201


def test_a_chosen_primary_metric_must_be_among_the_metrics(mlflow_runs, alice):
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="chosen", primary_metric="f1")
    assert_problem(register(alice, body), 400, "invalid")
    assert not RegisteredModel.objects.exists()


def test_contributors_by_weight(mlflow_runs, alice, bob, carol):
    rows = [
        {"address": bob.address.lower(), "weight_bps": 2500, "data_hash": "sha256:ab", "samples": 10},
        {"address": carol.address, "weight_bps": 7500},
    ]
    body = mlflow_runs.body(mlflow_runs.finished_run(), model_name="weights", contributors=rows)
    answer = register(alice, body).json()
    assert answer["contributors"] == [
        {"address": bob.address, "weight_bps": 2500, "data_hash": "sha256:ab", "samples": 10},
        {"address": carol.address, "weight_bps": 7500, "data_hash": None, "samples": None},
    ]
    assert (answer["contributor_address"], answer["registrant_is_contributor"]) == (None, False)
    assert register(alice, body).status_code == 200


def test_an_absent_contributor_means_none(mlflow_runs, alice):
    answer = registered(mlflow_runs, alice, model_name="nobody")
    assert (answer["contributor_address"], answer["contributors"]) == (None, [])
    assert answer["registrant_is_contributor"] is False


@pytest.mark.parametrize("spelling", [str.lower, lambda a: "0x" + a[2:].upper(), str], ids=["lower", "upper", "EIP-55"])
def test_an_address_comes_back_in_eip_55(mlflow_runs, alice, bob, spelling):
    answer = registered(mlflow_runs, alice, model_name="spelling", contributor_address=spelling(bob.address))
    assert answer["contributor_address"] == bob.address
