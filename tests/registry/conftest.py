import pytest

from registry.models import ModelVersion
from tests.registry.calls import register
from tests.support.mlflow_server import MlflowRuns
from tests.support.wallets import ALICE


class Claims:
    """Registers runs of a real MLflow server, for what the workers then find."""

    def __init__(self, runs: MlflowRuns) -> None:
        self.runs = runs

    def __call__(self, run_id: str, **fields) -> ModelVersion:
        body = self.runs.body(run_id, **{"model_name": f"claimed {run_id[:12]}", **fields})
        response = register(ALICE, body)
        assert response.status_code in (200, 201), response.content
        return ModelVersion.objects.get(registered_model__name=body["model_name"], mlflow_run_id=run_id)


@pytest.fixture
def claim(mlflow_runs) -> Claims:
    return Claims(mlflow_runs)
