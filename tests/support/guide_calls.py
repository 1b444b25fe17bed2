"""The integration guide's calls, over Django's test client."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.support.mlflow_server import MlflowRuns
from tests.support.wallets import Wallet


def register(runs: MlflowRuns, wallet: Wallet, accuracy: float, **fields: Any) -> dict[str, Any]:
    """A finished run, registered; gives the answer."""
    run_id = runs.finished_run({"accuracy": accuracy})
    body = runs.body(run_id, metrics={"accuracy": accuracy}, **fields)
    response = post("/api/models/register", body, wallet)
    assert response.status_code == 201, response.content
    return response.json()


def post(path: str, body: Any, wallet: Wallet | None, **headers: str) -> HttpResponse:
    return Client().post(
        path,
        data=json.dumps(body),
        content_type="application/json",
        headers={**(wallet.headers() if wallet else {}), **headers},
    )


def ask(candidate: str, wallet: Wallet | None, **body: Any) -> HttpResponse:
    """Ask for the attestation of a candidate; ``headers`` go into the request, the rest into its body."""
    headers = body.pop("headers", {})
    return post(f"/api/models/{candidate}/attestation", {"model_id": candidate, **body}, wallet, **headers)
