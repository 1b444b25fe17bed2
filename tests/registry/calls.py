"""The registry's endpoints over Django's test client, and threads that start together."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections
from django.test import Client

from tests.support.guide_calls import post
from tests.support.mlflow_server import MlflowRuns
from tests.support.wallets import Wallet


def register(wallet: Wallet | None, body: Any) -> Any:
    return post("/api/models/register", body, wallet)


def send(method: str, path: str, body: Any = None, wallet: Wallet | None = None) -> Any:
    return Client().generic(
        method,
        path,
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers=wallet.headers() if wallet else {},
    )


def registered(runs: MlflowRuns, wallet: Wallet, accuracy: float = 0.9, **fields: Any) -> dict[str, Any]:
    """A new run's registration, as it was answered."""
    run_id = runs.finished_run({"accuracy": accuracy})
    response = register(wallet, runs.body(run_id, metrics={"accuracy": accuracy}, **fields))
    assert response.status_code == 201, response.content
    return response.json()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread of its own, all started together; gives their results in order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
