import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from registry.row_protection import append_only_tables
from tests.environment import DATA_DIR
from tests.support.intruder import unprotect_rows
from tests.support.mlflow_server import MlflowRuns, start_mlflow
from tests.support.wallets import ALICE, BOB, CAROL, Wallet


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """SQLite tests run on a file, as the registry does: threads share it, and write locks are real."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(Path(DATA_DIR) / "test.sqlite3")


# No test asserts on time, and each run tries the same examples: what fails in CI fails at home.
hypothesis_settings.register_profile(
    "registry", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("registry")

_flush = TransactionTestCase._fixture_teardown


def _flush_evidence_too(self: TransactionTestCase) -> None:
    """Django empties all tables, which their triggers refuse; the flush puts the triggers back."""
    for app_config in apps.get_app_configs():
        unprotect_rows(connection, append_only_tables(app_config))
    _flush(self)


TransactionTestCase._fixture_teardown = _flush_evidence_too  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rate limits start from nothing in each test, and no minute ends in the middle of one."""
    cache.clear()
    now = time.time()
    clock = SimpleNamespace(time=lambda: now, monotonic=time.monotonic)
    monkeypatch.setattr("django_ratelimit.core.time", clock)
    monkeypatch.setattr("contributors.throttling.time", clock)


@pytest.fixture
def alice() -> Wallet:
    return ALICE


@pytest.fixture
def bob() -> Wallet:
    return BOB


@pytest.fixture
def carol() -> Wallet:
    return CAROL


@pytest.fixture(scope="session")
def mlflow_runs() -> Iterator[MlflowRuns]:
    """A real MLflow server, started by the first test that asks, and the means to make runs in it."""
    process = start_mlflow(settings.MLFLOW_TRACKING_URI, Path(DATA_DIR) / "mlflow")
    yield MlflowRuns(settings.MLFLOW_TRACKING_URI)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=30)
