"""How many requests a minute: for an address, for a key with a limit of its own, for an IP."""

import pytest
from django.test import Client

from contributors.models import ApiKey
from contributors.services.api_keys import issue_key
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE, BOB

pytestmark = pytest.mark.django_db

PATH = "/api/models"


def ask(headers=None, ip="192.0.2.7", path=PATH):
    return Client().get(path, headers=headers or {}, REMOTE_ADDR=ip)


def window(response):
    return tuple(int(response[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset"))


def key_of(wallet=ALICE, **fields) -> dict[str, str]:
    row, key = issue_key(address=wallet.address, name="x", scopes=["models:read"])
    ApiKey.objects.filter(pk=row.pk).update(**fields)
    return {"Authorization": f"Bearer {key}"}


def test_it_works():
    """The defaults: 100 are served and the 101st is not."""
    for served in range(1, 101):
        response = ask(ALICE.headers())
        assert response.status_code == 200
        assert window(response)[:2] == (100, 100 - served)
    refused = ask(ALICE.headers())
    assert_problem(refused, 429, "rate_limited")
    limit, remaining, reset = window(refused)
    assert (limit, remaining) == (100, 0)
    assert 0 <= reset <= 60
    assert int(refused["Retry-After"]) == max(1, reset)


def test_a_new_minute(settings, monkeypatch):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask().status_code == 200
    assert_problem(ask(), 429, "rate_limited")
    monkeypatch.setattr("django_ratelimit.core.time.time", lambda: 1_800_000_061.0)
    assert ask().status_code == 200


def test_all_keys_of_an_address_and_its_signatures_together(settings):
    settings.HOKUSAI_RATE_LIMIT = 3
    assert window(ask(key_of()))[1] == 2
    assert window(ask(key_of()))[1] == 1
    assert window(ask(ALICE.headers()))[1] == 0
    assert_problem(ask(key_of()), 429, "rate_limited")
    assert_problem(ask(ALICE.headers()), 429, "rate_limited")


def test_from_wherever_the_address_asks(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask(ALICE.headers(), ip="192.0.2.7").status_code == 200
    assert_problem(ask(ALICE.headers(), ip="192.0.2.8"), 429, "rate_limited")


def test_one_address_does_not_use_up_anothers(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask(ALICE.headers()).status_code == 200
    assert ask(BOB.headers()).status_code == 200
    assert ask().status_code == 200


def test_a_key_with_its_own_limit_has_its_own_window(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    own = key_of(rate_limit=2)
    assert window(ask(own))[:2] == (2, 1)
    assert window(ask(own))[:2] == (2, 0)
    assert_problem(ask(own), 429, "rate_limited")
    assert window(ask(key_of(rate_limit=2)))[:2] == (2, 1)
    assert ask(ALICE.headers()).status_code == 200
    assert_problem(ask(key_of()), 429, "rate_limited")


def test_a_key_with_the_limit_zero():
    assert_problem(ask(key_of(rate_limit=0)), 429, "rate_limited")


def test_nobody_is_counted_by_ip(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask(ip="192.0.2.7").status_code == 200
    assert_problem(ask(ip="192.0.2.7"), 429, "rate_limited")
    assert ask(ip="192.0.2.8").status_code == 200


def test_a_forwarding_header_is_no_new_client(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask({"X-Forwarded-For": "1.1.1.1"}).status_code == 200
    assert_problem(ask({"X-Forwarded-For": "1.1.1.2"}), 429, "rate_limited")


def test_an_ipv6_host_is_one_client(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert ask(ip="2001:db8:1:2::1").status_code == 200
    assert_problem(ask(ip="2001:db8:1:2::2"), 429, "rate_limited")
    assert ask(ip="2001:db8:1:3::1").status_code == 200


def test_the_wider_cap_over_all_addresses_of_an_ip(settings):
    settings.HOKUSAI_IP_RATE_LIMIT = 2
    assert ask(ALICE.headers()).status_code == 200
    assert ask(BOB.headers()).status_code == 200
    refused = ask()
    assert_problem(refused, 429, "rate_limited")
    assert window(refused)[0] == 2
    assert ask(ALICE.headers(), ip="192.0.2.8").status_code == 200


@pytest.mark.parametrize("path", ["/api/models", "/api/models/nothing", "/api/nowhere", "/api/keys"])
def test_every_answer_carries_the_window(path):
    assert window(ask(path=path))[0] == 100


@pytest.mark.parametrize("path", ["/healthz", "/docs"])
def test_outside_of_the_api_nothing_is_counted(path, settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    for _ in range(3):
        assert ask(path=path).status_code == 200


FORGED = {"X-ETH-Signature": "11" * 64 + "1b"}


def test_too_many_failures_and_no_signature_is_checked_any_more(settings, monkeypatch):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 3
    for _ in range(3):
        assert ask({**ALICE.headers(), **FORGED}).status_code == 401

    def unreachable(*_):
        raise AssertionError("a signature was checked")

    monkeypatch.setattr("contributors.services.signatures.recover_signer", unreachable)
    assert_problem(ask({**ALICE.headers(), **FORGED}), 429, "rate_limited")
    assert_problem(ask(ALICE.headers()), 429, "rate_limited")


@pytest.mark.parametrize(
    "headers",
    [
        lambda: {**ALICE.headers(), **FORGED},
        lambda: {"X-ETH-Address": ALICE.address},
        lambda: {"Authorization": "Bearer hk_dev_" + "0" * 48},
        lambda: {"Authorization": "Basic dXNlcjpwYXNz"},
        lambda: ALICE.headers("Hokusai API Access - 2020-01-01T00:00:00"),
    ],
    ids=["forged", "incomplete", "unknown key", "another scheme", "stale"],
)
def test_every_failure_counts(headers, settings):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 2
    assert [ask(headers()).status_code for _ in range(3)] == [401, 401, 429]


def test_failures_stop_credentials_from_that_ip_only(settings):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 1
    assert ask({**ALICE.headers(), **FORGED}).status_code == 401
    assert_problem(ask(key_of()), 429, "rate_limited")
    assert ask().status_code == 200
    assert ask(ALICE.headers(), ip="192.0.2.8").status_code == 200


def test_success_is_no_failure(settings):
    settings.HOKUSAI_FAILED_AUTH_LIMIT = 2
    assert {ask(ALICE.headers()).status_code for _ in range(5)} == {200}
