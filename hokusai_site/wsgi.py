"""The WSGI application. gunicorn runs no system checks, so they run here: a production that would be
unsafe or slow (no attester key, no coincurve) does not start."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.management import call_command
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hokusai_site.settings")


class Utf8Request(WSGIRequest):
    """JSON is UTF-8 (RFC 8259), and so is the rest: a charset that a client names is not looked up.

    Django would, and then fail on one that encodes no text ("hex"), before any middleware can answer.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        if not all(map(_is_readable, environ.get("HTTP_ACCEPT", "").split(","))):
            # Django and DRF would fail on it, the error page too.
            environ["HTTP_ACCEPT"] = "*/*"
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        content_type = meta.get("CONTENT_TYPE", "")
        if not _is_readable(content_type):
            content_type = meta["CONTENT_TYPE"] = ""
        self.content_type, self.content_params = parse_header_parameters(content_type)


def _is_readable(media_type: str) -> bool:
    try:
        parse_header_parameters(media_type)
    except Exception:
        # The e-mail parser below it raises a range of unrelated types.
        return False
    return True


class Handler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = Handler()
call_command("check")
