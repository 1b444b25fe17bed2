"""What a key may do: every route asks for one scope."""

import json

import pytest
from django.test import Client

from contributors.models import Scope
from contributors.services.api_keys import issue_key
from tests.support.problems import assert_problem
from tests.support.registry_rows import make_version
from tests.support.wallets import ALICE

pytestmark = pytest.mark.django_db

HASH = "0x" + "00" * 32
READ, WRITE, ATTEST = Scope.MODELS_READ, Scope.MODELS_WRITE, Scope.ATTESTATIONS_WRITE

ROUTES = [
    ("GET", "/api/models", READ),
    ("HEAD", "/api/models", READ),
    ("OPTIONS", "/api/models", READ),
    ("POST", "/api/models/register", WRITE),
    ("GET", "/api/models/compare?model1=digits:1&model2=digits:1", READ),
    ("GET", "/api/models/digits", READ),
    ("PATCH", "/api/models/digits", WRITE),
    ("GET", "/api/models/digits/versions", READ),
    ("GET", "/api/models/digits/1", READ),
    ("DELETE", "/api/models/digits/99", WRITE),
    ("GET", "/api/models/digits/1/lineage", READ),
    ("POST", "/api/models/digits/1/transition", WRITE),
    ("GET", "/api/models/digits/1/transitions", READ),
    ("POST", "/api/models/digits/1/transitions/1/decision", WRITE),
    ("GET", f"/api/contributors/{ALICE.address}/impact", READ),
    ("POST", "/api/models/digits:99/attestation", ATTEST),
    ("GET", "/api/attestations", READ),
    ("GET", "/api/attestations/requests/00000000-0000-0000-0000-000000000000", READ),
    ("GET", f"/api/attestations/{HASH}", READ),
    ("GET", f"/api/attestations/{HASH}/verify", READ),
]


def ask(method, path, scopes):
    _, key = issue_key(address=ALICE.address, name="x", scopes=scopes)
    return Client().generic(
        method, path, json.dumps({}), content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )


@pytest.fixture(autouse=True)
def _model():
    make_version()


def test_it_works():
    assert ask("GET", "/api/models", [READ]).status_code == 200


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES, ids=[f"{m} {p[:45]}" for m, p, _ in ROUTES])
def test_its_scope_and_no_other_opens_a_route(method, path, scope):
    others = [other for other in Scope if other is not scope]
    refused = ask(method, path, others)
    assert refused.status_code == 403
    if method != "HEAD":
        assert scope.value in assert_problem(refused, 403, "insufficient_scope")["detail"]
    # Let in, and then told what is missing or not there.
    assert ask(method, path, [scope]).status_code in (200, 400, 404)


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES, ids=[f"{m} {p[:45]}" for m, p, _ in ROUTES])
def test_nobody_reads_and_does_not_write(method, path, scope, settings):
    def status():
        return Client().generic(method, path, "{}", content_type="application/json").status_code

    if scope is READ:
        assert status() != 401
        settings.HOKUSAI_PUBLIC_READ = False
    assert status() == 401
