"""POST /api/models/register"""

import json

import pytest
from django.test import Client

from registry.models import ModelVersion
from registry.services.evidence import pull

pytestmark = [pytest.mark.django_db(transaction=True)]


def register(wallet, body):
    return Client().post(
        "/api/models/register", data=json.dumps(body), content_type="application/json", headers=wallet.headers()
    )


def test_it_works(mlflow_runs, alice):
    run_id = mlflow_runs.finished_run({"accuracy": 0.9})
    response = register(alice, mlflow_runs.body(run_id, model_name="it works"))
    assert response.status_code == 201, response.content
    assert response.json()["model_id"] == "it works:1"
    version = pull(ModelVersion.objects.get().pk)
    assert version.verification == "verified", version.verification_detail
