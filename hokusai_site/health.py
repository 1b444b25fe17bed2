"""Liveness, and readiness of each thing that the registry needs."""

import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from registry import tracking_rest

# One client a process: a probe that reconnects each time measures the handshake.
_redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 only when the database, Redis and MLflow each answer."""
    checks = {
        "database": _probe(_ask_database),
        "redis": _probe(_redis.ping),
        "mlflow": _probe(tracking_rest.ping),
    }
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not_ready", "checks": checks},
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "5"},
    )


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _probe(ask: Callable[[], Any]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        ask()
    except Exception as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "ms": round((time.perf_counter() - started) * 1000, 1)}
