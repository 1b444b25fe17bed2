"""What a web process loads: never mlflow, which costs seconds and 160 MB."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# As gunicorn does: the WSGI application, its routes, and one request through it.
SCRIPT = """
import io, sys
from hokusai_site.wsgi import application
from django.urls import get_resolver, reverse

def names(patterns):
    for pattern in patterns:
        yield from names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern.name]

assert {"models", "register", "api-keys", "request-attestation"} <= set(names(get_resolver().url_patterns))
reverse("models")
answer = []
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": PATH, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
}
body = b"".join(application(environ, lambda status, headers: answer.append(status)))
assert answer == ["200 OK"], (answer, body)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("mlflow", "sklearn", "pandas", "web3")))
"""


def loaded(path: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", f"PATH = {path!r}\n{SCRIPT}"],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1]


def test_it_works():
    assert loaded("/healthz") == "[]"


def test_describing_every_route_loads_nothing_heavy():
    assert loaded("/api/schema") == "[]"
