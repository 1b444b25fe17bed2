"""The WSGI application itself: what arrives before any middleware"""

import io
import sys

import pytest

from hokusai_site.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)


def call(path, content_type, body=b"", method="POST"):
    """Status and body that the application gives, as gunicorn would see them."""
    status = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "a=%C3%A9", "CONTENT_TYPE": content_type,
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


@pytest.mark.parametrize("content_type", ["application/json; charset*=hex''x", ";;;", "; charset=hex", "\u00e9"])
def test_a_content_type_that_is_none(content_type):
    assert call("/api/models", content_type, method="GET")[0] == "200"
