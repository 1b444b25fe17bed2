"""GET /api/contributors/{address}/impact"""

import pytest

from registry.models import Contribution, ModelVersion
from registry.services.attested import note_attestation
from tests.registry.calls import send
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_model, make_version

pytestmark = pytest.mark.django_db


def impact(address):
    response = send("GET", f"/api/contributors/{address}/impact")
    assert response.status_code == 200, response.content
    return response.json()


def test_it_works(alice, bob):
    make_version(accuracy=0.28)
    version = make_version(accuracy=0.29, contributors={bob.address: 2500, alice.address: 7500})
    note_attestation(version_id=version.pk, baseline_id=version.baseline_id, attestation_hash="0x" + "ab" * 32)
    body = impact(bob.address)
    assert (body["address"], body["total_models_improved"], body["total_improvement_score"]) == (bob.address, 1, 25.0)
    assert (body["totals_by_metric"], body["totals_by_evidence_level"]) == (
        {"accuracy": 25.0},
        {"mlflow_verified": 25.0},
    )
    assert body["first_contribution"] == body["last_contribution"]
    (row,) = body["contributions"]
    assert (row["model_id"], row["baseline_model_id"], row["metric"]) == ("digits:2", "digits:1", "accuracy")
    assert (row["baseline_value"], row["value"], row["best_before"]) == (0.28, 0.29, 0.28)
    assert (row["counted_gain_bps"], row["weight_bps"], row["score"]) == (100.0, 2500, 25.0)
    assert row["delta"] == pytest.approx(0.01)
    assert (row["verification"], row["evidence_level"]) == ("verified", "mlflow_verified")
    assert row["attestation"] == "0x" + "ab" * 32
    assert (row["registered_by"], row["registrant_is_contributor"]) == (alice.address, True)


def test_an_address_never_seen(carol):
    assert impact(carol.address.lower()) == {
        "address": carol.address, "total_models_improved": 0, "total_improvement_score": 0.0, "totals_by_metric": {},
        "totals_by_evidence_level": {}, "first_contribution": None, "last_contribution": None, "contributions": [],
    }  # fmt: skip


@pytest.mark.parametrize("address", ["alice", "0x12", "0x" + "g" * 40])
def test_what_is_no_address(address):
    assert_problem(send("GET", f"/api/contributors/{address}/impact"), 400, "invalid")


def test_two_rows_of_one_address_are_added_up(bob):
    make_version(accuracy=0.8)
    version = make_version(accuracy=0.9)
    for weight in (2500, 1500):
        Contribution.objects.create(version=version, address=bob.address, weight_bps=weight)
    (row,) = impact(bob.address)["contributions"]
    assert (row["weight_bps"], row["score"]) == (4000, 400.0)
    assert impact(bob.address)["total_models_improved"] == 1


def test_the_registrant_who_is_no_contributor_earns_nothing(alice, bob):
    make_version(accuracy=0.8)
    make_version(accuracy=0.9, contributors={bob.address: 10_000})
    assert impact(alice.address)["contributions"] == []
    assert impact(bob.address)["contributions"][0]["registrant_is_contributor"] is False


@pytest.mark.parametrize("verification", ["pending", "mismatched", "missing", "unreachable", "tampered"])
def test_only_verified_versions_count(bob, verification):
    make_version(accuracy=0.8)
    make_version(accuracy=0.9, verification=verification, contributors={bob.address: 10_000})
    body = impact(bob.address)
    assert (body["total_improvement_score"], body["total_models_improved"]) == (0, 0)
    (row,) = body["contributions"]
    assert (row["score"], row["verification"], row["evidence_level"]) == (0, verification, "claimed")


def test_a_drop_a_recovery_and_the_same_gain_twice(bob):
    for accuracy in (0.8, 0.9, 0.7, 0.9, 0.9, 0.92):
        make_version(accuracy=accuracy, contributors={bob.address: 10_000})
    body = impact(bob.address)
    assert [row["score"] for row in body["contributions"]] == [200.0, 0, 0, 0, 1000.0, 0]
    assert (body["total_improvement_score"], body["total_models_improved"]) == (1200.0, 2)
    assert body["first_contribution"] < body["last_contribution"]


@pytest.mark.parametrize("spoiled", [{"verification": "tampered"}, {"withdrawn_at": "2026-01-01T00:00:00Z"}])
def test_a_spoiled_version_still_sets_the_bar(bob, spoiled):
    make_version(accuracy=0.8)
    make_version(accuracy=0.9)
    ModelVersion.objects.filter(version=2).update(**spoiled)
    make_version(accuracy=0.91, contributors={bob.address: 10_000})
    (row,) = impact(bob.address)["contributions"]
    assert (row["best_before"], row["score"]) == (0.9, 100.0)


@pytest.mark.parametrize("shared", ["mlflow_run_id", "artifact_digest"])
def test_the_same_evidence_earns_once(bob, carol, shared):
    for name, wallet in (("first", bob), ("second", carol)):
        make_version(make_model(name), accuracy=0.8)
        make_version(make_model(name), accuracy=0.9, contributors={wallet.address: 10_000}, **{shared: "a" * 32})
    assert impact(bob.address)["total_improvement_score"] == 1000
    assert impact(carol.address)["total_improvement_score"] == 0


def test_gains_are_counted_within_a_model(bob):
    make_version(make_model("weak"), accuracy=0.1)
    make_version(make_model("strong"), accuracy=0.9, contributors={bob.address: 10_000})
    assert impact(bob.address)["total_improvement_score"] == 0


def test_a_claim_without_the_baseline_metric_has_no_delta(bob):
    baseline = make_version(make_model("other", primary_metric="rmse"), metrics={"rmse": 1.0})
    make_version(accuracy=0.9, baseline=baseline, contributors={bob.address: 10_000})
    (row,) = impact(bob.address)["contributions"]
    assert (row["delta"], row["baseline_value"], row["baseline_model_id"]) == (None, None, "other:1")


def test_absurd_values_do_not_break_the_page(bob):
    model = make_model(primary_metric="r2")
    for value in (5e-324, 1.7e308, -1.7e308):
        make_version(model, metrics={"r2": value}, contributors={bob.address: 10_000})
    assert impact(bob.address)["total_improvement_score"] == 1e12


def test_an_attestation_against_another_baseline_is_not_shown(bob):
    first, second = make_version(accuracy=0.7), make_version(accuracy=0.8)
    third = make_version(accuracy=0.9, baseline=second, contributors={bob.address: 10_000})
    note_attestation(version_id=third.pk, baseline_id=first.pk, attestation_hash="0x" + "ab" * 32)
    assert impact(bob.address)["contributions"][0]["attestation"] is None
