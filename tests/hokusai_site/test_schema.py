"""GET /api/schema: OpenAPI 3.1, and every route in it."""

import re
from contextlib import closing
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

SIGNED = {"ethAddress": [], "ethMessage": [], "ethSignature": []}
METHODS = {"get", "post", "put", "patch", "delete"}

#: What users and their programs rely on.
ROUTES = {
    ("GET", "/api/models"),
    ("POST", "/api/models/register"),
    ("GET", "/api/models/compare"),
    ("GET", "/api/models/{name}"),
    ("PATCH", "/api/models/{name}"),
    ("GET", "/api/models/{name}/{version}"),
    ("DELETE", "/api/models/{name}/{version}"),
    ("GET", "/api/models/{name}/{version}/lineage"),
    ("POST", "/api/models/{name}/{version}/transition"),
    ("GET", "/api/models/{name}/{version}/transitions"),
    ("POST", "/api/models/{name}/{version}/transitions/{request_id}/decision"),
    ("GET", "/api/contributors/{address}/impact"),
    ("POST", "/api/models/{model_id}/attestation"),
    ("GET", "/api/attestations"),
    ("GET", "/api/attestations/{hash}"),
    ("GET", "/api/attestations/{hash}/verify"),
    ("GET", "/api/keys"),
    ("POST", "/api/keys"),
    ("POST", "/api/keys/{key_id}/rotate"),
    ("DELETE", "/api/keys/{key_id}"),
}


@pytest.fixture(scope="module")
def schema(django_db_setup, django_db_blocker) -> dict:
    with django_db_blocker.unblock():
        response = Client().get("/api/schema?format=json")
    assert response.status_code == 200
    return response.json()


def operations(schema):
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method.upper(), path, operation


def test_it_works(schema):
    assert schema["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(schema).validate()


def test_without_warnings(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "schema.yaml"))


def test_every_route_that_is_relied_on(schema):
    assert {(method, path) for method, path, _ in operations(schema)} >= ROUTES


def test_every_route_that_there_is(schema):
    def paths(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from paths(pattern.url_patterns, route)
            else:
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)

    served = {path for path in paths(get_resolver().url_patterns) if path.startswith("/api/")}
    assert served - {"/api/schema"} == set(schema["paths"])


def test_every_operation_has_a_summary_and_a_name_of_its_own(schema):
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    assert [path for _, path, operation in operations(schema) if not operation.get("summary")] == []


def test_every_operation_tells_of_its_problems(schema):
    for _, path, operation in operations(schema):
        content = operation["responses"]["default"]["content"]
        assert set(content) == {"application/problem+json"}, path


def test_the_credentials(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["apiKey"]["scheme"] == "bearer"
    assert {schemes[name]["name"] for name in ("ethAddress", "ethMessage", "ethSignature")} == {
        "X-ETH-Address", "X-ETH-Message", "X-ETH-Signature",
    }  # fmt: skip
    security = schema["paths"]["/api/models/register"]["post"]["security"]
    assert {"apiKey": []} in security
    assert SIGNED in security
    assert {} not in security


def test_reading_needs_no_credential_and_keys_need_a_signature(schema):
    for method, path, operation in operations(schema):
        own_keys = path.startswith("/api/keys")
        assert ({} in operation["security"]) == (method == "GET" and not own_keys), (method, path)
        assert ({"apiKey": []} in operation["security"]) != own_keys, (method, path)
        assert SIGNED in operation["security"]


# --- The page that shows it -------------------------------------------------------------------------


class Page(HTMLParser):
    """What of a page a strict Content-Security-Policy refuses, and where its parts come from."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.sources += [given[name] for name in ("src", "href") if given.get(name)]


@pytest.mark.django_db
def test_the_page_is_its_own():
    response = Client().get("/docs")
    page = Page()
    page.feed(response.content.decode())
    assert page.inline == []
    assert len(page.sources) >= 4
    assert all(source.startswith("/") and not source.startswith("//") for source in page.sources)
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for source in page.sources:
        with closing(Client().get(source)) as part:
            assert part.status_code == 200, source
