"""A version's answer is kept for the state that it was made from, and for no other."""

import pytest
from django.test import Client
from django.utils import timezone

from registry.models import Contribution, MetricClaim, ModelVersion, RegisteredModel
from tests.support.registry_rows import make_version
from tests.support.wallets import BOB

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def read(version: ModelVersion) -> dict:
    response = Client().get(f"/api{version.get_absolute_url()}")
    assert response.status_code == 200
    return response.json()


def test_it_works(django_assert_num_queries):
    version = make_version()
    first = read(version)
    with django_assert_num_queries(1):
        assert read(version) == first


@pytest.mark.parametrize(
    ("change", "shown", "value"),
    [
        ({"stage": "Production", "staged_at": NOW}, "stage", "Production"),
        ({"verification": "tampered"}, "verification", "tampered"),
        ({"verification_detail": {"reason": "x"}}, "verification_detail", {"reason": "x"}),
        ({"artifact_digest": "sha256:1"}, "artifact_digest", "sha256:1"),
        ({"attestation_hash": "0x1"}, "attestation", "0x1"),
        ({"withdrawn_at": NOW, "withdrawn_by": BOB.address}, "withdrawn", True),
        ({"metadata": {"a": 1}}, "metadata", {"a": 1}),
        ({"export_details": {"dataset_size": 1}}, "export_details", {"dataset_size": 1}),
        ({"snapshot": None}, "snapshot_digest", None),
        ({"claim": None}, "metrics", {}),
        ({"baseline_inferred": True}, "baseline_inferred", True),
        ({"model_uri": "runs:/x/y"}, "model_uri", "runs:/x/y"),
        ({"mlflow_run_id": "another"}, "mlflow_run_id", "another"),
        ({"registered_by": BOB.address}, "registered_by", BOB.address),
    ],
)
def test_a_changed_version(change, shown, value):
    version = make_version()
    assert read(version)[shown] != value
    ModelVersion.objects.filter(pk=version.pk).update(**change)
    assert read(version)[shown] == value


def test_a_further_claim():
    version = make_version()
    assert len(read(version)["claims"]) == 1
    MetricClaim.objects.create(version=version, metrics={"accuracy": 0.5}, claimed_by=BOB.address)
    assert len(read(version)["claims"]) == 2


def test_a_further_contribution():
    version = make_version()
    read(version)
    Contribution.objects.create(version=version, address=BOB.address, weight_bps=10_000)
    assert read(version)["contributor_address"] == BOB.address


def test_a_changed_model():
    version = make_version()
    read(version)
    RegisteredModel.objects.update(model_type="ranking", primary_metric="ndcg")
    assert (read(version)["model_type"], read(version)["primary_metric"]) == ("ranking", "ndcg")


def test_a_change_while_it_is_loaded(monkeypatch):
    """What was loaded across a change is shown once and not kept."""
    version = make_version()
    original = ModelVersion.objects.all().__class__.for_detail

    def load_and_change(self):
        ModelVersion.objects.filter(pk=version.pk).update(stage="Staging", staged_at=timezone.now())
        return original(self)

    with monkeypatch.context() as patched:
        patched.setattr(ModelVersion.objects.all().__class__, "for_detail", load_and_change)
        patched.setattr(type(ModelVersion.objects), "for_detail", lambda self: load_and_change(self.all()))
        read(version)
    ModelVersion.objects.filter(pk=version.pk).update(stage="None", staged_at=None)
    assert read(version)["stage"] == "None"
