"""The WSGI application itself: what arrives before any middleware"""

import io
import sys

import pytest

from hokusai_site.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)


def call(path, content_type, body=b"", method="POST", accept="*/*"):
    """Status and body that the application gives, as gunicorn would see them."""
    status = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "a=%C3%A9", "CONTENT_TYPE": content_type,
        "HTTP_ACCEPT": accept,
        "CONTENT_LENGTH": str(len(body)), "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    answer = b"".join(application(environ, lambda line, headers: status.append(line)))
    return status[0][:3], answer


CHARSETS = ["utf-8", "latin-1", "utf-16", "hex", "rot13", "undefined", "punycode", "no-such", "", "a\0b"]


@pytest.mark.parametrize("charset", CHARSETS, ids=repr)
def test_no_charset_fails_a_read(charset):
    assert call("/api/models", f"application/json; charset={charset}", method="GET")[0] == "200"


@pytest.mark.parametrize("charset", CHARSETS, ids=repr)
def test_no_charset_fails_a_write(charset):
    status, _ = call("/api/attestations", f"application/json; charset={charset}", b"{}")
    assert status == "401"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset*=hex''x", "application/json;x*1;x*", ";;;", "; charset=hex", "\u00e9"]
)
def test_a_content_type_that_is_none(content_type):
    assert call("/api/models", content_type, method="GET")[0] == "200"


@pytest.mark.parametrize("accept", ["application/json;x*1;x*", "text/html;a*=nope''x", "text/html, a/b;x*1;x*"])
@pytest.mark.parametrize(("path", "status"), [("/api/models", "200"), ("/nothing", "404")])
def test_an_accept_header_that_is_none(accept, path, status):
    assert call(path, "", method="GET", accept=accept)[0] == status
