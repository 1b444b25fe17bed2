"""POST and GET /api/keys, POST /api/keys/{id}/rotate, DELETE /api/keys/{id}, and the keys in use."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributors.models import ApiKey, Scope
from contributors.services.api_keys import check_key, issue_key
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE, BOB

pytestmark = pytest.mark.django_db

BODY = {"name": "laptop", "scopes": ["models:read", "models:write"]}


def post(path, body, headers, client=None):
    return (client or Client()).post(path, data=json.dumps(body), content_type="application/json", headers=headers)


def issue(wallet=ALICE, **fields):
    response = post("/api/keys", {**BODY, **fields}, wallet.headers())
    assert response.status_code == 201, response.content
    return response.json()


def use(key, path="/api/models", **extra):
    return Client().get(path, headers={"Authorization": f"Bearer {key}"}, **extra)


def listed(wallet=ALICE):
    return Client().get("/api/keys", headers=wallet.headers()).json()["results"]


def test_it_works():
    issued = issue()
    assert use(issued["key"]).status_code == 200
    assert issued["address"] == ALICE.address
    assert issued["scopes"] == ["models:read", "models:write"]
    assert issued["rate_limit"] is None
    assert [row["id"] for row in listed()] == [issued["id"]]


# --- Issue ------------------------------------------------------------------------------------------


def test_the_key_is_shown_once():
    key = issue()["key"]
    [row] = listed()
    assert "key" not in row
    assert key not in json.dumps(row)
    assert key.startswith(row["prefix"])


def test_the_form_of_a_key():
    """160 random bits beyond what lists and logs show of it."""
    issued = issue()
    assert re.fullmatch(r"hk_[a-z]+_[0-9a-f]+", issued["key"])
    hidden = issued["key"].removeprefix(issued["prefix"])
    assert len(bytes.fromhex(hidden)) * 8 >= 160


def test_every_digit_of_a_key_is_random():
    """A digit that chance decides is not the same in 32 keys."""
    keys = [issue_key(address=ALICE.address, name="x", scopes=["models:read"])[1] for _ in range(32)]
    secrets = [key.rpartition("_")[2] for key in keys]
    assert [at for at, digits in enumerate(zip(*secrets, strict=True)) if len(set(digits)) == 1] == []


def test_only_the_digest_is_stored():
    issued = issue()
    row = ApiKey.objects.values().get()
    stored = json.dumps(row, default=str)
    assert issued["key"] not in stored
    assert issued["key"].removeprefix(issued["prefix"]) not in stored
    assert row["digest"] == hashlib.sha256(issued["key"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "models:read"}, "scopes"),
        ({"scopes": ["models:read", "admin"]}, "scopes.1"),
        ({"scopes": None}, "scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"allowed_networks": ["192.0.2.0/33"]}, "allowed_networks.0"),
        ({"allowed_networks": ["home"]}, "allowed_networks.0"),
        ({"allowed_networks": ["192.0.2.0/24"] * 33}, "allowed_networks"),
    ],
)
def test_bad_input(fields, field):
    response = post("/api/keys", {**BODY, **fields}, ALICE.headers())
    body = assert_problem(response, 400, "invalid")
    assert field in [error["field"] for error in body["errors"]]
    assert not ApiKey.objects.exists()


def test_nobody_issues_a_key():
    assert_problem(post("/api/keys", BODY, {}), 401, "not_authenticated")
    assert_problem(Client().get("/api/keys"), 401, "not_authenticated")


def test_a_list_is_in_pages():
    ids = [issue()["id"] for _ in range(3)]
    first = Client().get("/api/keys?page_size=2", headers=ALICE.headers()).json()
    assert [row["id"] for row in first["results"]] == [ids[2], ids[1]]
    second = Client().get(first["next"], headers=ALICE.headers()).json()
    assert [row["id"] for row in second["results"]] == [ids[0]]
    assert second["next"] is None


# --- A key does not manage keys ---------------------------------------------------------------------


@pytest.mark.parametrize("signed_too", [False, True])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/keys"), ("POST", "/api/keys"), ("POST", "/api/keys/{id}/rotate"), ("DELETE", "/api/keys/{id}")],
)
def test_a_key_manages_no_keys(method, path, signed_too):
    issued = issue(scopes=[scope.value for scope in Scope])
    headers = {"Authorization": f"Bearer {issued['key']}", **(ALICE.headers() if signed_too else {})}
    response = Client().generic(
        method, path.format(id=issued["id"]), json.dumps(BODY), content_type="application/json", headers=headers
    )
    assert_problem(response, 403, "signature_required")
    assert ApiKey.objects.active().count() == 1


# --- Revoke -----------------------------------------------------------------------------------------


def test_a_key_revoked_a_moment_ago():
    issued = issue()
    assert use(issued["key"]).status_code == 200
    response = Client().delete(f"/api/keys/{issued['id']}", headers=ALICE.headers())
    assert response.status_code == 204
    assert_problem(use(issued["key"]), 401, "key_revoked")


def test_revoking_twice_is_no_error_and_keeps_the_first_time():
    issued = issue()
    Client().delete(f"/api/keys/{issued['id']}", headers=ALICE.headers())
    first = ApiKey.objects.get().revoked_at
    assert Client().delete(f"/api/keys/{issued['id']}", headers=ALICE.headers()).status_code == 204
    assert ApiKey.objects.get().revoked_at == first


@pytest.mark.parametrize("key_id", ["{id}", "999999", "9" * 30])
@pytest.mark.parametrize("action", ["revoke", "rotate"])
def test_a_stranger_finds_no_key(action, key_id):
    issued = issue()
    path = f"/api/keys/{key_id.format(id=issued['id'])}"
    if action == "revoke":
        response = Client().delete(path, headers=BOB.headers())
    else:
        response = post(f"{path}/rotate", {}, BOB.headers())
    assert_problem(response, 404, "not_found")
    assert use(issued["key"]).status_code == 200
    assert listed(BOB) == []


# --- Rotate -----------------------------------------------------------------------------------------


def rotate(issued, body=None, wallet=ALICE):
    return post(f"/api/keys/{issued['id']}/rotate", body or {}, wallet.headers())


def pass_time(key_id, seconds):
    """A key as it is that many seconds later."""
    ApiKey.objects.filter(pk=key_id).update(expires_at=F("expires_at") - timedelta(seconds=seconds))


def test_the_old_key_goes_on_for_the_grace_period():
    old = issue(allowed_networks=["127.0.0.0/8"])
    response = rotate(old, {"grace_seconds": 60})
    assert response.status_code == 201
    new = response.json()
    assert new["key"] != old["key"]
    assert (new["scopes"], new["name"], new["allowed_networks"]) == (
        old["scopes"], old["name"], old["allowed_networks"],
    )  # fmt: skip
    assert use(old["key"]).status_code == 200
    assert use(new["key"]).status_code == 200
    pass_time(old["id"], 61)
    assert_problem(use(old["key"]), 401, "key_expired")
    assert use(new["key"]).status_code == 200


def test_no_grace():
    old = issue()
    assert rotate(old, {"grace_seconds": 0}).status_code == 201
    assert_problem(use(old["key"]), 401, "key_expired")


def test_grace_never_outlives_the_key():
    soon = timezone.now() + timedelta(seconds=60)
    old = issue(expires_at=soon.isoformat())
    new = rotate(old, {"grace_seconds": 86_400}).json()
    assert ApiKey.objects.get(pk=old["id"]).expires_at == soon
    assert ApiKey.objects.get(pk=new["id"]).expires_at == soon


def test_an_operators_limit_moves_to_the_new_key():
    old = issue()
    ApiKey.objects.update(rate_limit=7)
    new = rotate(old).json()
    assert use(new["key"])["X-RateLimit-Limit"] == "7"


def test_the_old_key_says_what_replaced_it():
    old = issue()
    new = rotate(old).json()
    assert {row["id"]: row["rotated_to"] for row in listed()} == {old["id"]: new["id"], new["id"]: None}


@pytest.mark.parametrize("state", ["rotated", "revoked", "expired"])
def test_what_is_over_is_not_rotated(state):
    old = issue()
    if state == "rotated":
        rotate(old)
    elif state == "revoked":
        Client().delete(f"/api/keys/{old['id']}", headers=ALICE.headers())
    else:
        ApiKey.objects.update(expires_at=timezone.now())
    before = ApiKey.objects.count()
    assert_problem(rotate(old), 409, "key_inactive")
    assert ApiKey.objects.count() == before


@pytest.mark.parametrize("grace", [-1, 2_592_001, "a day"])
def test_bad_grace(grace):
    assert_problem(rotate(issue(), {"grace_seconds": grace}), 400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_one_wins():
    old = issue()
    headers = [ALICE.headers() for _ in range(8)]
    barrier = Barrier(len(headers))

    def run(own):
        barrier.wait(timeout=30)
        try:
            return post(f"/api/keys/{old['id']}/rotate", {}, own)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(headers)) as pool:
        responses = list(pool.map(run, headers))
    assert sorted(r.status_code for r in responses) == [201] + [409] * 7
    assert ApiKey.objects.count() == 2


# --- In use -----------------------------------------------------------------------------------------


def test_an_expired_key():
    issued = issue(expires_at=(timezone.now() + timedelta(seconds=60)).isoformat())
    assert use(issued["key"]).status_code == 200
    pass_time(issued["id"], 61)
    assert_problem(use(issued["key"]), 401, "key_expired")


@pytest.mark.parametrize(
    ("networks", "ip", "served"),
    [
        ([], "203.0.113.9", True),
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.8", False),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::9", True),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db9::9", False),
        (["192.0.2.9/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["192.0.2.0/24"], "", False),
    ],
)
def test_allowed_networks(networks, ip, served):
    key = issue(allowed_networks=networks)["key"]
    response = use(key, REMOTE_ADDR=ip)
    if served:
        assert response.status_code == 200
    else:
        assert_problem(response, 401, "network_not_allowed")


def test_a_forged_forwarding_header_opens_no_network():
    key = issue(allowed_networks=["192.0.2.0/24"])["key"]
    response = use(key, REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="192.0.2.7")
    assert_problem(response, 401, "network_not_allowed")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "malformed_credentials"),
        ("Bearer", "invalid_key"),
        ("Bearer ", "invalid_key"),
        ("{key}", "malformed_credentials"),
        ("Token {key}", "malformed_credentials"),
        ("Basic dXNlcjpwYXNz", "malformed_credentials"),
        ("Bearer {key}0", "invalid_key"),
        ("Bearer {short}", "invalid_key"),
        ("Bearer {prefix}", "invalid_key"),
        ("Bearer {last}", "invalid_key"),
        ("Bearer {upper}", "invalid_key"),
        ("Bearer {key} {key}", "invalid_key"),
        ("Bearer hk_dev_" + "0" * 52, "invalid_key"),
        ("Bearer ' OR 1=1 --", "invalid_key"),
        ("Bearer hk_dev_" + "٣" * 52, "invalid_key"),
    ],
)
def test_what_is_no_key(header, code):
    issued = issue()
    key = issued["key"]
    last = key[:-1] + ("0" if key[-1] != "0" else "1")
    given = header.format(key=key, short=key[:-1], prefix=issued["prefix"], last=last, upper=key.upper())
    assert_problem(Client().get("/api/models", headers={"Authorization": given}), 401, code)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_in_any_case(scheme):
    key = issue()["key"]
    assert Client().get("/api/models", headers={"Authorization": f"{scheme} {key}"}).status_code == 200


def test_a_key_costs_one_query(django_assert_num_queries):
    row, key = issue_key(address=ALICE.address, name="x", scopes=["models:read"])
    with django_assert_num_queries(1):
        assert check_key(token=key, ip="192.0.2.7").pk == row.pk


def writes_of(call) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        call()
    return [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


def test_last_use_is_written_once_a_minute():
    key = issue()["key"]
    assert ApiKey.objects.get().last_used_at is None
    assert len(writes_of(lambda: use(key))) == 1
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    assert writes_of(lambda: use(key)) == []
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    assert len(writes_of(lambda: use(key))) == 1
    assert ApiKey.objects.get().last_used_at >= first


def test_a_refused_key_was_not_used():
    issued = issue(allowed_networks=["192.0.2.0/24"])
    use(issued["key"])
    assert ApiKey.objects.get().last_used_at is None
