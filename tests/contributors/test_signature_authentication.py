"""X-ETH-Address, X-ETH-Message and X-ETH-Signature, over HTTP."""

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from django.test import Client

from contributors.models import UsedSignature
from contributors.services.api_keys import issue_key
from contributors.services.signatures import purge_expired
from tests.contributors.test_ethereum import high_s
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE, BOB, fresh_message

pytestmark = pytest.mark.django_db

OPEN_PAGE = "/api/models"
PREFIX = "Hokusai API Access - "


def ask(client: Client, headers: dict[str, str], path: str = OPEN_PAGE, **extra):
    return client.get(path, headers=headers, **extra)


def message_at(offset: timedelta) -> str:
    return PREFIX + (datetime.now(UTC) + offset).replace(tzinfo=None).isoformat()


def test_it_works(client):
    response = ask(client, ALICE.headers())
    assert response.status_code == 200, response.content
    used = UsedSignature.objects.get()
    assert used.address == ALICE.address
    assert not used.released


def test_a_private_page_knows_who_asks(client):
    issue_key(address=ALICE.address, name="hers", scopes=["models:read"])
    assert len(ask(client, ALICE.headers(), "/api/keys").json()["results"]) == 1
    assert ask(client, BOB.headers(), "/api/keys").json()["results"] == []


@pytest.mark.parametrize("spelling", [str.lower, lambda a: "0x" + a[2:].upper(), str])
def test_every_spelling_of_the_address(client, spelling):
    headers = ALICE.headers()
    assert ask(client, {**headers, "X-ETH-Address": spelling(ALICE.address)}).status_code == 200
    assert UsedSignature.objects.get().address == ALICE.address


def test_the_signature_with_0x(client):
    headers = ALICE.headers()
    assert ask(client, {**headers, "X-ETH-Signature": "0x" + headers["X-ETH-Signature"]}).status_code == 200


@pytest.mark.parametrize("seconds", [-290, -1, 0, 1, 290])
def test_accepted_times(client, seconds):
    assert ask(client, ALICE.headers(message_at(timedelta(seconds=seconds)))).status_code == 200


def test_a_local_time_with_its_offset(client):
    there = timezone(timedelta(hours=5, minutes=30))
    message = PREFIX + datetime.now(there).isoformat()
    assert ask(client, ALICE.headers(message)).status_code == 200


def test_a_local_time_without_its_offset_is_refused(client):
    there = timezone(timedelta(hours=5, minutes=30))
    message = PREFIX + datetime.now(there).replace(tzinfo=None).isoformat()
    assert_problem(ask(client, ALICE.headers(message)), 401, "invalid_message")


@pytest.mark.parametrize("missing", ["X-ETH-Address", "X-ETH-Message", "X-ETH-Signature"])
def test_one_header_is_missing(client, missing):
    headers = ALICE.headers()
    del headers[missing]
    assert_problem(ask(client, headers), 401, "malformed_credentials")


def changed(**headers: str) -> dict[str, str]:
    return {**ALICE.headers(), **{f"X-ETH-{name.title()}": value for name, value in headers.items()}}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (lambda: changed(address=BOB.address), "invalid_signature"),
        (lambda: changed(address=ALICE.address.swapcase().replace("X", "x", 1)), "malformed_credentials"),
        (lambda: changed(address="alice.eth"), "malformed_credentials"),
        (lambda: changed(address=""), "malformed_credentials"),
        (lambda: changed(message=fresh_message()), "invalid_signature"),
        (lambda: changed(message="Give me everything"), "invalid_message"),
        (lambda: changed(message=""), "invalid_message"),
        (lambda: ALICE.headers(message_at(timedelta(seconds=-310))), "invalid_message"),
        (lambda: ALICE.headers(message_at(timedelta(seconds=310))), "invalid_message"),
        (lambda: ALICE.headers(message_at(timedelta(days=-365))), "invalid_message"),
        (lambda: ALICE.headers(PREFIX + "2026-02-30T00:00:00"), "invalid_message"),
        (lambda: changed(signature=""), "invalid_signature"),
        (lambda: changed(signature="00" * 65), "invalid_signature"),
        (lambda: changed(signature="zz" * 65), "invalid_signature"),
        (lambda: changed(signature=ALICE.headers()["X-ETH-Signature"]), "invalid_signature"),
        (lambda: changed(signature="é" * 130), "invalid_signature"),
    ],
    ids=[
        "another's address", "wrong checksum", "no address", "empty address", "another message", "another text",
        "empty message", "stale", "future", "long ago", "no such day", "empty signature", "zeros", "no hex",
        "signature of another message", "no ASCII",
    ],
)  # fmt: skip
def test_refused(client, headers, code):
    assert_problem(ask(client, headers()), 401, code)
    assert not UsedSignature.objects.exists()


def test_high_s_is_refused(client):
    headers = ALICE.headers()
    headers["X-ETH-Signature"] = high_s(headers["X-ETH-Signature"])
    assert_problem(ask(client, headers), 401, "invalid_signature")


def test_high_s_is_no_second_use(client):
    headers = ALICE.headers()
    assert ask(client, headers).status_code == 200
    headers["X-ETH-Signature"] = high_s(headers["X-ETH-Signature"])
    assert ask(client, headers).status_code == 401


@pytest.mark.parametrize("respelt", ["the same", "0x", "v", "address"])
def test_a_replay_in_any_spelling(client, respelt):
    headers = ALICE.headers()
    assert ask(client, headers).status_code == 200
    signature = headers["X-ETH-Signature"]
    if respelt == "0x":
        headers["X-ETH-Signature"] = "0x" + signature.upper()
    if respelt == "v":
        headers["X-ETH-Signature"] = f"{signature[:128]}{int(signature[128:], 16) - 27:02x}"
    if respelt == "address":
        headers["X-ETH-Address"] = ALICE.address.lower()
    assert_problem(ask(client, headers), 401, "replayed")


@pytest.mark.parametrize("path", [OPEN_PAGE, "/api/models?name=x", "/api/nowhere", "/api/keys"])
def test_a_replay_anywhere(client, path):
    headers = ALICE.headers()
    assert ask(client, headers).status_code == 200
    assert_problem(ask(client, headers, path), 401, "replayed")


def test_a_replay_costs_the_thief_and_not_the_victim(client, settings):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 5
    headers = ALICE.headers()
    first = ask(client, headers)
    for _ in range(5):
        assert_problem(ask(client, headers, REMOTE_ADDR="192.0.2.66"), 401, "replayed")
    after = ask(client, ALICE.headers())
    assert int(first["X-RateLimit-Remaining"]) - int(after["X-RateLimit-Remaining"]) == 1
    assert_problem(ask(client, BOB.headers(), REMOTE_ADDR="192.0.2.66"), 429, "rate_limited")
    assert ask(client, BOB.headers()).status_code == 200


def test_a_forgery_costs_the_forger_and_not_the_victim(client):
    before = ask(client, ALICE.headers())
    for _ in range(5):
        ask(client, changed(signature=BOB.sign("x")), REMOTE_ADDR="192.0.2.66")
    after = ask(client, ALICE.headers())
    assert int(before["X-RateLimit-Remaining"]) - int(after["X-RateLimit-Remaining"]) == 1


def test_a_used_message_is_used_after_a_refusal_by_the_view_too(client):
    headers = ALICE.headers()
    assert ask(client, headers, "/api/models/nothing").status_code == 404
    assert_problem(ask(client, headers, "/api/models/nothing"), 401, "replayed")


def test_two_wallets_sign_the_same_message(client):
    message = fresh_message()
    assert ask(client, ALICE.headers(message)).status_code == 200
    assert ask(client, BOB.headers(message)).status_code == 200


def test_a_key_and_a_signature_of_one_address(client):
    _, key = issue_key(address=ALICE.address, name="hers", scopes=["models:read"])
    headers = {**ALICE.headers(), "Authorization": f"Bearer {key}"}
    assert ask(client, headers).status_code == 200
    assert_problem(ask(client, headers), 401, "replayed")


def test_a_key_does_not_rise_by_a_signature_beside_it(client):
    _, key = issue_key(address=ALICE.address, name="hers", scopes=["models:write"])
    headers = {**ALICE.headers(), "Authorization": f"Bearer {key}"}
    assert_problem(ask(client, headers), 403, "insufficient_scope")


def test_a_key_and_a_signature_of_two_addresses(client):
    _, key = issue_key(address=BOB.address, name="his", scopes=["models:read"])
    headers = {**ALICE.headers(), "Authorization": f"Bearer {key}"}
    assert_problem(ask(client, headers), 401, "conflicting_credentials")
    assert not UsedSignature.objects.exists()


@pytest.mark.parametrize("bad", ["key", "signature"])
def test_each_of_two_credentials_is_checked(client, bad):
    _, key = issue_key(address=ALICE.address, name="hers", scopes=["models:read"])
    headers = {**ALICE.headers(), "Authorization": f"Bearer {key}"}
    if bad == "key":
        headers["Authorization"] = f"Bearer {key[:-4]}0000"
    else:
        headers["X-ETH-Signature"] = BOB.sign(headers["X-ETH-Message"])
    assert ask(client, headers).status_code == 401


def test_the_body_is_read_before_the_signature_is_checked(client, monkeypatch):
    """Who sends the body drop by drop must not outlast the message, and its remembrance, in between."""
    order = []

    class Body(BytesIO):
        def read(self, *args):
            order.append("body")
            return super().read(*args)

    def verify(**_):
        order.append("signature")
        raise AssertionError

    monkeypatch.setattr("contributors.authentication.verify_message", verify)
    client.raise_request_exception = False
    client.generic("POST", "/api/keys", headers=ALICE.headers(), **{"wsgi.input": Body(b"{}"), "CONTENT_LENGTH": "2"})
    assert order[0] == "body"
    assert order[-1] == "signature"


def test_a_used_message_is_remembered_longer_than_it_is_fresh(client):
    fresh = ALICE.headers(message_at(timedelta(seconds=-299)))
    assert ask(client, fresh).status_code == 200
    UsedSignature.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert purge_expired() == 0
    UsedSignature.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=301))
    assert purge_expired() == 1


def test_nobody(client, settings):
    assert client.get(OPEN_PAGE).status_code == 200
    settings.HOKUSAI_PUBLIC_READ = False
    assert_problem(client.get(OPEN_PAGE), 401, "not_authenticated")
    assert ask(client, ALICE.headers()).status_code == 200
