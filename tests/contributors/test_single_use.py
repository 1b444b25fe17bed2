"""A signed message is used once, whoever hurries; a request that could not be served gets it back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from contributors.exceptions import Unauthenticated
from contributors.models import ApiKey, UsedSignature
from contributors.services.signatures import SignedMessage, check_unused, consume, release, reserve
from tests.support.ports import free_port
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE, BOB, fresh_message

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20
KEY = {"name": "laptop", "scopes": ["models:read"]}


def post(headers, body=None, where="/api/keys", client=None):
    client = client or Client(raise_request_exception=False)
    return client.post(where, data=json.dumps(body or KEY), content_type="application/json", headers=headers)


def at_once(call):
    """Call from 20 threads that start together; gives what each of them got."""
    barrier = Barrier(THREADS)

    def run(number):
        barrier.wait(timeout=30)
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_it_works():
    headers = ALICE.headers()
    assert post(headers).status_code == 201
    assert_problem(post(headers), 401, "replayed")
    assert ApiKey.objects.count() == 1


def test_of_twenty_at_once_one_is_served():
    headers = ALICE.headers()
    responses = at_once(lambda _: post(headers))
    assert sorted(r.status_code for r in responses) == [201] + [401] * (THREADS - 1)
    assert {r.json()["code"] for r in responses if r.status_code == 401} == {"replayed"}
    assert ApiKey.objects.count() == 1


def test_of_twenty_different_requests_at_once_one_is_served():
    headers = ALICE.headers()
    responses = at_once(lambda number: post(headers, {**KEY, "name": f"key {number}"}))
    assert [r.status_code for r in responses].count(201) == 1
    assert ApiKey.objects.count() == 1


def test_twenty_messages_at_once_are_all_served():
    headers = [ALICE.headers() for _ in range(THREADS)]
    responses = at_once(lambda number: post(headers[number]))
    assert {r.status_code for r in responses} == {201}


def test_of_twenty_that_repeat_a_released_request_one_is_served(settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert post(ALICE.headers()).status_code == 201
    headers = ALICE.headers()
    assert_problem(post(headers), 429, "rate_limited")
    settings.HOKUSAI_RATE_LIMIT = 1000
    responses = at_once(lambda _: post(headers))
    assert [r.status_code for r in responses].count(201) == 1
    assert ApiKey.objects.count() == 2


@pytest.fixture
def limited(settings):
    """Headers of a request that was answered 429, and whose limit is over."""
    settings.HOKUSAI_RATE_LIMIT = 2
    for _ in range(2):
        assert Client().get("/api/models", headers=ALICE.headers()).status_code == 200
    headers = ALICE.headers()
    assert_problem(post(headers), 429, "rate_limited")
    cache.clear()
    return headers


def test_after_429_the_same_request_is_served_once(limited):
    assert post(limited).status_code == 201
    assert_problem(post(limited), 401, "replayed")
    assert ApiKey.objects.count() == 1


def test_429_again_and_again(limited, settings):
    settings.HOKUSAI_RATE_LIMIT = 1
    assert Client().get("/api/models", headers=ALICE.headers()).status_code == 200
    for _ in range(3):
        assert_problem(post(limited), 429, "rate_limited")
    cache.clear()
    assert post(limited).status_code == 201


@pytest.mark.parametrize(
    "other",
    [
        lambda headers: post(headers, {**KEY, "name": "thief"}),
        lambda headers: post(headers, where="/api/keys?page_size=1"),
        lambda headers: post(headers, where="/api/keys/1/rotate"),
        lambda headers: Client().get("/api/keys", headers=headers),
        lambda headers: Client().get("/api/models", headers=headers),
        lambda headers: Client().delete("/api/keys/1", headers=headers),
    ],
    ids=["body", "query", "path", "method", "all", "DELETE"],
)
def test_after_429_another_request_is_a_replay(limited, other):
    assert_problem(other(limited), 401, "replayed")
    assert post(limited).status_code == 201


def failing(request):
    raise RuntimeError("a secret of the inside")


def busy(request):
    return HttpResponse(status=429)


urlpatterns = [
    path("api/failing", failing),
    path("api/busy", busy),
    path("", include("hokusai_site.urls")),
]
handler500 = "hokusai_site.errors.server_error"


def test_after_500_the_same_request_can_be_sent_again(settings):
    settings.ROOT_URLCONF = __name__
    headers = ALICE.headers()
    for _ in range(2):
        assert_problem(post(headers, where="/api/failing"), 500, "internal_error")
    assert_problem(post(headers), 401, "replayed")


def test_after_a_view_said_429_the_same_request_can_be_sent_again(settings):
    settings.ROOT_URLCONF = __name__
    headers = ALICE.headers()
    for _ in range(2):
        assert post(headers, where="/api/busy").status_code == 429
    assert_problem(post(headers), 401, "replayed")


def test_after_503_of_mlflow_the_same_request_can_be_sent_again(settings):
    settings.MLFLOW_TRACKING_URI = f"http://127.0.0.1:{free_port()}/mlflow"
    headers = ALICE.headers()
    body = {
        "model_name": "digits",
        "model_type": "classification",
        "mlflow_run_id": "a" * 32,
        "model_uri": f"runs:/{'a' * 32}/model",
        "metrics": {"accuracy": 0.9},
    }
    for _ in range(2):
        assert_problem(post(headers, body, "/api/models/register"), 503, "tracking_unreachable")
    other = {**body, "model_name": "other"}
    assert_problem(post(headers, other, "/api/models/register"), 401, "replayed")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_releases_nothing(status, settings):
    settings.ROOT_URLCONF = "tests.contributors.refusing_urls"
    headers = ALICE.headers()
    assert post(headers, where=f"/api/refusing/{status}").status_code == status
    assert_problem(post(headers, where=f"/api/refusing/{status}"), 401, "replayed")


def message(wallet=ALICE) -> SignedMessage:
    return SignedMessage(wallet.address, fresh_message(), datetime.now(UTC) + timedelta(seconds=300))


def test_who_was_refused_by_the_limit_does_not_free_what_is_being_served():
    """Two equal requests at once: the first is being served when the second meets the limit."""
    signed = message()
    check_unused(signed, "digest")
    consume(signed, "digest")
    reserve(signed, "digest")
    with pytest.raises(Unauthenticated) as refused:
        check_unused(signed, "digest")
    assert refused.value.code == "replayed"
    with pytest.raises(Unauthenticated):
        consume(signed, "digest")


def test_release_is_for_the_same_request():
    signed = message()
    consume(signed, "digest")
    release(signed, "another digest")
    with pytest.raises(Unauthenticated):
        consume(signed, "digest")
    release(signed, "digest")
    with pytest.raises(Unauthenticated):
        consume(signed, "another digest")
    consume(signed, "digest")


def test_one_row_for_each_address_and_message():
    """It is the database that refuses the second use, not a look beforehand."""
    signed = message()
    theirs = SignedMessage(BOB.address, signed.message, signed.expires_at)
    consume(signed, "digest")
    consume(theirs, "digest")
    assert UsedSignature.objects.count() == 2
    with pytest.raises(Unauthenticated):
        consume(signed, "digest")


def test_one_query_to_look_and_one_to_use(django_assert_num_queries):
    signed = message()
    with django_assert_num_queries(1):
        check_unused(signed, "digest")
    with CaptureQueriesContext(connection) as queries:
        consume(signed, "digest")
    assert [q["sql"].split()[0] for q in queries if "used" in q["sql"]] == ["INSERT"]
