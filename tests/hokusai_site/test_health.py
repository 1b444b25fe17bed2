"""GET /healthz and /readyz"""

import pytest
import redis
from django.db import connection
from django.test import Client

from tests.support.ports import free_port

NEEDS = {"database", "redis", "mlflow"}


@pytest.fixture
def no_mlflow(settings):
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"


@pytest.mark.django_db
@pytest.mark.mlflow
def test_it_works(mlflow_runs):
    response = Client().get("/readyz")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["status"] == "ready"
    assert {name for name, check in body["checks"].items() if check["ok"]} == NEEDS
    assert all(check["ms"] >= 0 for check in body["checks"].values())


def test_alive_needs_nothing(no_mlflow):
    """No database mark: a query would fail this test."""
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def not_ready(missing: set[str]) -> None:
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert int(response["Retry-After"]) >= 1
    body = response.json()
    assert body["status"] == "not_ready"
    assert {name for name, check in body["checks"].items() if not check["ok"]} == missing
    assert set(body["checks"]) == NEEDS
    assert "127.0.0.1" not in response.content.decode()


@pytest.mark.django_db
def test_not_ready_without_mlflow(no_mlflow):
    not_ready({"mlflow"})


@pytest.mark.django_db
@pytest.mark.mlflow
def test_not_ready_without_redis(mlflow_runs, monkeypatch):
    gone = redis.Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", socket_connect_timeout=1)
    monkeypatch.setattr("hokusai_site.health._redis", gone)
    not_ready({"redis"})


@pytest.mark.django_db
@pytest.mark.mlflow
def test_not_ready_without_a_database(mlflow_runs, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("the database is on fire at 127.0.0.1")

    monkeypatch.setattr(connection, "cursor", refuse)
    not_ready({"database"})


@pytest.mark.django_db
def test_probes_are_not_counted_and_need_no_credentials(no_mlflow, settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    settings.HOKUSAI_PUBLIC_READ = False
    assert {Client().get("/healthz").status_code for _ in range(3)} == {200}
    assert {Client().get("/readyz").status_code for _ in range(3)} == {503}
