"""GET /api/attestations/{hash}?format=zk-output: what a pipeline gives to a prover"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.test import Client
from jsonschema import Draft202012Validator

from attestations.exports import zk_output
from registry.models import ModelVersion
from tests.support.exports import DETAILS, get, make_exportable, without
from tests.support.improvement import attest
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version
from tests.support.wallets import ALICE, BOB

pytestmark = pytest.mark.django_db

SCHEMA = json.loads((Path(__file__).parent.parent / "vectors" / "zk_output.schema.json").read_text())


def exported(**fields: Any) -> dict[str, Any]:
    """The export of such an improvement, held against the schema."""
    response = get(make_exportable(**fields), "zk-output")
    assert response.status_code == 200, response.content
    Draft202012Validator(SCHEMA).validate(response.json())
    return response.json()


def test_it_works():
    body = exported()
    bundle = Client().get(f"/api/attestations/{ModelVersion.objects.last().attestations.get().hash}").json()
    baseline, candidate = (bundle["statement"]["predicate"][side] for side in ("baseline", "candidate"))
    assert body["metadata"] == {
        "pipeline_run_id": candidate["mlflow_run_id"],
        "timestamp": bundle["status"]["logged_at"],
        "pipeline_version": "1.4.0",
    }
    assert body["evaluation_results"] == {
        "baseline_metrics": {"accuracy": 0.8},
        "new_metrics": {"accuracy": 0.9},
        "benchmark_metadata": {"size": 360, "type": "digits", "dataset_hash": "d1" * 32},
    }
    assert body["delta_computation"] == {
        "delta_one_score": 0.1,
        "metric_deltas": {
            "accuracy": {
                "baseline_value": 0.8, "new_value": 0.9, "absolute_delta": 0.1, "relative_delta": 0.125,
                "improvement": True,
            }
        },
        "computation_method": "custom",
        "metrics_included": ["accuracy"],
        "improved_metrics": ["accuracy"],
        "degraded_metrics": [],
    }  # fmt: skip
    assert body["models"]["baseline"] == {
        "model_id": "digits:1",
        "model_type": "classification",
        "model_hash": baseline["artifact_digest"].removeprefix("sha256:"),
        "mlflow_run_id": baseline["mlflow_run_id"],
    }
    assert body["models"]["new"]["model_hash"] == candidate["artifact_digest"].removeprefix("sha256:")
    assert [(row["id"], row["weight"]) for row in body["contributors"]] == [(ALICE.address, 0.4), (BOB.address, 0.6)]
    inputs = rfc8785.dumps(bundle["zk"]["public_inputs"])
    assert body["attestation"] == {
        "hash_tree_root": bundle["evidence_root"].removeprefix("0x"),
        "proof_ready": True,
        "proof_system": "none",
        "public_inputs_hash": hashlib.sha256(inputs).hexdigest(),
    }


def test_metrics_have_the_names_that_the_format_knows_too():
    metrics = {"accuracy": 0.8, "f1_score": 0.5, "auc": 0.25, "roc_auc": 0.75}
    body = exported(before=metrics, after={**metrics, "accuracy": 0.9})
    found = body["evaluation_results"]["baseline_metrics"]
    assert found == {**metrics, "f1": 0.5, "auroc": 0.75}
    assert set(body["delta_computation"]["metric_deltas"]) == set(found)


def test_a_metric_of_the_formats_own_name_stays():
    metrics = {"accuracy": 0.8, "f1_score": 0.5, "f1": 0.25}
    assert (
        exported(before=metrics, after={**metrics, "accuracy": 0.9})["evaluation_results"]["new_metrics"]["f1"] == 0.25
    )


def test_what_the_format_has_no_room_for_is_left_out():
    """Names with other characters, percentages where it wants proportions, and differences that no double holds."""
    odd = {"val/loss": 1.0, "Top1": 0.5, "a\n": 1.0, "precision": 85.0, "f1_score": 70.0, "huge": 1e308}
    body = exported(before={"accuracy": 0.8, **odd}, after={"accuracy": 0.9, **odd, "huge": -1e308})
    assert body["evaluation_results"]["new_metrics"] == {"accuracy": 0.9, "f1_score": 70.0}


@pytest.mark.parametrize(
    ("before", "after", "improved", "degraded", "improvement", "relative"),
    [
        (0.5, 0.25, ["rmse"], [], True, -0.5),
        (0.25, 0.5, [], ["rmse"], False, 1.0),
        (0.5, 0.5, [], [], False, 0.0),
        # From zero there is no relative change; the format wants a number.
        (0.0, 0.5, [], ["rmse"], False, 0.0),
    ],
)
def test_which_metrics_improved(before, after, improved, degraded, improvement, relative):
    body = exported(before={"accuracy": 0.8, "rmse": before}, after={"accuracy": 0.9, "rmse": after})
    found = body["delta_computation"]
    row = found["metric_deltas"]["rmse"]
    assert (row["improvement"], row["relative_delta"]) == (improvement, relative)
    assert found["improved_metrics"] == ["accuracy", *improved]
    assert found["degraded_metrics"] == degraded


def test_a_metric_of_which_nobody_knows_the_direction():
    found = exported(before={"accuracy": 0.8, "odd": 1.0}, after={"accuracy": 0.9, "odd": 2.0})["delta_computation"]
    assert found["metric_deltas"]["odd"]["improvement"] is False
    assert "odd" not in found["improved_metrics"] + found["degraded_metrics"]


def test_the_delta_one_score_is_the_primary_metrics():
    before, after = {"accuracy": 0.9, "rmse": 0.5}, {"accuracy": 0.8, "rmse": 0.25}
    assert exported(before=before, after=after, primary_metric="rmse")["delta_computation"]["delta_one_score"] == 0.5


def test_a_contributors_own_data_hash():
    model = make_model()
    baseline = make_version(model)
    candidate = make_version(model, accuracy=0.9, export_details=DETAILS)
    for address, data_hash in ((ALICE.address, "0x" + "aa" * 32), (BOB.address, "ipfs://x")):
        candidate.contributions.create(address=address, weight_bps=5_000, data_hash=data_hash)
    candidate = ModelVersion.objects.for_detail().get(pk=candidate.pk)
    rows = get(attest(candidate, baseline), "zk-output").json()["contributors"]
    assert {row["id"]: row["data_hash"] for row in rows} == {ALICE.address: "aa" * 32, BOB.address: "da" * 32}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"f1_score": 0.5}, {"f1_score": 0.6}),
        ({"f1_score": 0.5, "accuracy": 80.0}, {"f1_score": 0.6, "accuracy": 90.0}),
        ({"f1_score": 0.5, "accuracy": 0.8}, {"f1_score": 0.6, "accuracy": 90.0}),
        ({"f1_score": 0.5}, {"f1_score": 0.6, "accuracy": 0.9}),
    ],
)
def test_without_an_accuracy(before, after):
    attestation = make_exportable(before=before, after=after, primary_metric="f1_score")
    problem = assert_problem(get(attestation, "zk-output"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == ["metrics.accuracy"]


@pytest.mark.parametrize("name", zk_output.NEEDED)
def test_each_detail_that_is_missing_is_named(name):
    problem = assert_problem(get(make_exportable(details=without(name)), "zk-output"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == [f"export_details.{name}"]
    assert name in problem["detail"]


def test_without_a_contributor():
    problem = assert_problem(get(make_exportable(contributors={}), "zk-output"), 422, "export_incomplete")
    assert [error["field"] for error in problem["errors"]] == ["contributors"]


def test_the_datasets_hash_may_be_missing():
    assert "dataset_hash" not in exported(details=without("dataset_hash"))["evaluation_results"]["benchmark_metadata"]


def test_no_contracts_address_is_needed(settings):
    settings.HOKUSAI_EAS_ADDRESS = settings.HOKUSAI_DELTA_VERIFIER_ADDRESS = ""
    exported()
