"""One shape for every error, whoever raises it: application/problem+json (RFC 9457)."""

import json
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from contributors import exceptions as domain
from contributors.models import ApiKey
from tests.support.problems import assert_problem
from tests.support.wallets import ALICE

pytestmark = pytest.mark.django_db

SECRET = "a secret of the inside"

RAISED = {
    "InvalidInput": (domain.InvalidInput("No."), 400, "invalid"),
    "Unauthenticated": (domain.Unauthenticated("No."), 401, "unauthenticated"),
    "Forbidden": (domain.Forbidden("No.", code="not_owner"), 403, "not_owner"),
    "NotFound": (domain.NotFound("No."), 404, "not_found"),
    "Conflict": (domain.Conflict("No."), 409, "conflict"),
    "TooLarge": (domain.TooLarge("No."), 413, "too_large"),
    "Unprocessable": (domain.Unprocessable("No."), 422, "unprocessable"),
    "RateLimited": (domain.RateLimited("No.", retry_after=0), 429, "rate_limited"),
    "Unavailable": (domain.Unavailable("No.", retry_after=5), 503, "unavailable"),
    "PermissionDenied": (PermissionDenied(SECRET), 403, "forbidden"),
    "RuntimeError": (RuntimeError(SECRET), 500, "internal_error"),
    "ZeroDivisionError": (ZeroDivisionError(SECRET), 500, "internal_error"),
}


class Raising(APIView):
    def get(self, request, name):
        raise RAISED[name][0]


class Echo(APIView):
    public_writes = True

    def post(self, request):
        return Response(request.data)


def raising(request, name):
    raise RuntimeError(SECRET)


urlpatterns = [
    path("api/raising/<str:name>", Raising.as_view()),
    path("api/plain/<str:name>", raising),
    path("api/echo", Echo.as_view()),
    path("", include("hokusai_site.urls")),
]
handler400 = "hokusai_site.errors.bad_request"
handler403 = "hokusai_site.errors.permission_denied"
handler404 = "hokusai_site.errors.not_found"
handler500 = "hokusai_site.errors.server_error"


@pytest.fixture(autouse=True)
def _own_urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def send(client, body, path="/api/echo", content_type="application/json"):
    return client.generic("POST", path, body, content_type=content_type)


def test_it_works(client):
    assert send(client, b'{"a": 1}').json() == {"a": 1}
    assert_problem(client.get("/api/models/nothing"), 404, "model_not_found")


@pytest.mark.parametrize("name", RAISED)
def test_what_a_view_raises(client, name):
    _, status, code = RAISED[name]
    response = client.get(f"/api/raising/{name}")
    assert_problem(response, status, code)
    assert SECRET not in response.content.decode()


def test_an_unhandled_error_outside_of_drf(client):
    response = client.get("/api/plain/x")
    assert_problem(response, 500, "internal_error")
    assert SECRET not in response.content.decode()


def test_bad_input_names_the_fields(client):
    response = client.post("/api/keys", {"scopes": ["x"]}, "application/json", headers=ALICE.headers())
    body = assert_problem(response, 400, "invalid")
    assert [(e["field"], e["code"]) for e in body["errors"]] == [("name", "required"), ("scopes.0", "invalid_choice")]
    assert "name" in body["detail"]


# --- Bodies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"1" * 5000,
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b"a=1",
        b'{"a": 1, "a": 2}',
    ],
    ids=[
        "cut off", "comma", "quotes", "NaN", "Infinity", "no UTF-8", "surrogate", "5,000 digits", "deep list",
        "deep object", "form", "a name twice",
    ],
)  # fmt: skip
def test_malformed_json(client, body):
    assert_problem(send(client, body), 400, "parse_error")


@pytest.mark.parametrize("charset", ["bz2", "zlib", "base64", "rot13"])
def test_a_charset_that_is_a_decompressor(client, charset):
    import bz2

    bomb = bz2.compress(b" " * 50_000_000)
    assert_problem(send(client, bomb, content_type=f"application/json; charset={charset}"), 400, "parse_error")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
def test_another_content_type(client, content_type):
    assert_problem(send(client, b'{"a": 1}', content_type=content_type), 415, "unsupported_media_type")


class Counted(BytesIO):
    taken = 0

    def read(self, *args):
        data = super().read(*args)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("extra", [1, 1_000_000])
def test_a_body_over_the_limit(client, settings, extra):
    """It is read before it is refused: a client that still sends hears a reset and not the answer."""
    size = settings.HOKUSAI_MAX_BODY_BYTES + extra
    stream = Counted(b" " * size)
    response = client.generic(
        "POST", "/api/keys", content_type="application/json", headers=ALICE.headers(),
        **{"wsgi.input": stream, "CONTENT_LENGTH": str(size)},
    )  # fmt: skip
    body = assert_problem(response, 413, "body_too_large")
    assert str(settings.HOKUSAI_MAX_BODY_BYTES) in body["detail"]
    assert stream.taken == size
    assert not ApiKey.objects.exists()


def test_a_body_of_many_gigabytes_is_not_read_to_its_end(client):
    stream = Counted(b" " * 17 * 1024 * 1024)
    response = client.generic(
        "POST", "/api/keys", content_type="application/json",
        **{"wsgi.input": stream, "CONTENT_LENGTH": str(10**12)},
    )  # fmt: skip
    assert_problem(response, 413, "body_too_large")
    assert stream.taken == 16 * 1024 * 1024


def test_a_body_at_the_limit(client, settings):
    body = json.dumps({"a": "x" * (settings.HOKUSAI_MAX_BODY_BYTES - 9)}).encode()
    assert len(body) == settings.HOKUSAI_MAX_BODY_BYTES
    assert send(client, body).status_code == 200


@pytest.mark.parametrize("length", ["junk", "", "-1"])
def test_a_content_length_that_makes_no_sense(client, length):
    response = client.generic("POST", "/api/echo", content_type="application/json", CONTENT_LENGTH=length)
    assert response.status_code < 500


# --- Addresses and methods --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_that_is_not_there(client, method):
    response = client.generic(method, "/api/models", headers=ALICE.headers())
    assert_problem(response, 405, "method_not_allowed")
    assert {"GET", "HEAD", "OPTIONS"} <= set(response["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/", "/api/models/a/b/c/d", "/api//models", "/api/keys/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_not_there(client, path, method):
    response = client.generic(method, path, headers={"Accept": "text/html"})
    assert_problem(response, 404, "not_found")


@pytest.mark.parametrize("path", ["/api/keys/", "/api/models/register/"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_trailing_slash_is_not_redirected(client, path, method):
    response = client.generic(method, path, "{}", content_type="application/json", headers=ALICE.headers())
    assert_problem(response, 404, "not_found")
    assert "Location" not in response


def test_an_answer_that_only_a_browser_would_want(client):
    assert_problem(client.get("/api/models", headers={"Accept": "text/html"}), 406, "not_acceptable")


def test_a_host_that_is_not_ours(client):
    assert_problem(client.get("/api/models", headers={"Host": "evil.example"}), 400, "bad_request")


# --- Plain http in production -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_plain_http_is_refused_and_not_redirected(client, settings, method):
    """A redirected POST becomes a GET, after its credentials crossed the wire in the clear."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/"]
    response = client.generic(method, "/api/keys", headers=ALICE.headers())
    assert_problem(response, 403, "https_required")
    assert "Location" not in response


def test_https_is_served(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/api/models", secure=True).status_code == 200
