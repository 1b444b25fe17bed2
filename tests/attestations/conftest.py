import pytest

from tests.support.guide_calls import register


@pytest.fixture
def name(request):
    """A model name of this test's own: MLflow's version numbers live as long as its server."""
    return f"attested {request.node.name}"[:120].replace("[", " ").replace("]", "").strip()


@pytest.fixture
def improvement(mlflow_runs, alice, bob, name):
    baseline = register(mlflow_runs, alice, 0.8, model_name=name)
    candidate = register(mlflow_runs, alice, 0.9, model_name=name, contributor_address=bob.address)
    return baseline["model_id"], candidate["model_id"]
