"""attestations.services.build: what is measured before the candidate is judged before it is attested"""

import pytest

from attestations.models import AttestationRequest
from attestations.services.build import EvidenceUnsettled, build_if_due
from registry.models import ModelVersion
from registry.services.evidence import pull
from tests.support.guide_calls import ask, register

pytestmark = [pytest.mark.django_db(transaction=True)]

ASYNC = {"Prefer": "respond-async"}


def test_an_attestation_waits_for_what_is_measured_before(mlflow_runs, alice, name):
    register(mlflow_runs, alice, 0.8, model_name=name)
    waited_for = register(mlflow_runs, alice, 0.9, model_name=name)["model_id"]
    candidate = register(mlflow_runs, alice, 0.95, model_name=name)["model_id"]
    assert ask(candidate, alice, baseline_model_id=f"{name}:1", headers=ASYNC).status_code == 202
    request = AttestationRequest.objects.get()
    with pytest.raises(EvidenceUnsettled):
        build_if_due(str(request.pk))
    request.refresh_from_db()
    assert (request.state, request.attestation) == ("queued", None)
    assert waited_for in request.detail
    for version_id in ModelVersion.objects.values_list("pk", flat=True):
        pull(version_id)
    AttestationRequest.objects.update(due_at=request.requested_at)
    build_if_due(str(request.pk))
    request.refresh_from_db()
    assert request.state == "done"
    assert request.attestation.statement_json["predicate"]["counted"] == {
        "best_verified_before": "0.9",
        "gain_bps": "500",
    }


def test_a_withdrawn_version_is_not_waited_for(mlflow_runs, alice, name):
    register(mlflow_runs, alice, 0.8, model_name=name)
    register(mlflow_runs, alice, 0.9, model_name=name)
    candidate = register(mlflow_runs, alice, 0.95, model_name=name)["model_id"]
    ModelVersion.objects.filter(version=2).update(withdrawn_at="2026-01-01T00:00:00Z")
    assert ask(candidate, alice, baseline_model_id=f"{name}:1", headers=ASYNC).status_code == 202
    build_if_due(str(AttestationRequest.objects.get().pk))
    assert AttestationRequest.objects.get().state == "done"
