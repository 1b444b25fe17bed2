"""The one shape of every error: application/problem+json (RFC 9457)."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from contributors import exceptions as domain
from contributors.authentication import CHALLENGE

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

_STATUS: list[tuple[type[domain.DomainError], int, str]] = [
    (domain.InvalidInput, 400, "Bad request"),
    (domain.Unauthenticated, 401, "Not authenticated"),
    (domain.Forbidden, 403, "Forbidden"),
    (domain.NotFound, 404, "Not found"),
    (domain.Conflict, 409, "Conflict"),
    (domain.TooLarge, 413, "Content too large"),
    (domain.Unprocessable, 422, "Unprocessable"),
    (domain.RateLimited, 429, "Too many requests"),
    (domain.Unavailable, 503, "Service unavailable"),
]

_TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Forbidden", 404: "Not found",
    405: "Method not allowed", 406: "Not acceptable", 413: "Content too large",
    415: "Unsupported media type", 429: "Too many requests", 500: "Internal server error",
}  # fmt: skip

#: What to do about the errors that DRF and Django raise themselves.
_DETAILS = {
    "not_authenticated": "Send an API key or sign the request; docs/authentication.md shows both.",
    "forbidden": "This is not for your account; sign in with another.",
    "not_found": "There is nothing at this address; /docs lists what there is.",
    "internal_error": "The registry failed; repeat the request later, and report it if it goes on.",
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str | None = None,
    errors: list[Any] | None = None,
    retry_after: int | None = None,
) -> HttpResponse:
    """A problem document as a plain Django response, with the headers that its status asks for."""
    body = problem_body(status, code, detail, title=title, errors=errors)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=_headers(status, retry_after))


def problem_body(
    status: int, code: str, detail: str, *, title: str | None = None, errors: list[Any] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:hokusai:problem:{code}",
        "title": title or _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_for(error: Exception) -> HttpResponse:
    """The problem document that tells of a domain error, or of anything DRF and Django raise."""
    if isinstance(error, PermissionDenied):
        error = domain.Forbidden(_DETAILS["forbidden"])
    if isinstance(error, domain.DomainError):
        status, title = next((s, t) for kind, s, t in _STATUS if isinstance(error, kind))
        return problem(
            status,
            error.code,
            error.detail,
            title=title,
            errors=error.errors,
            retry_after=getattr(error, "retry_after", None),
        )
    if isinstance(error, RequestDataTooBig):
        return problem(413, "body_too_large", "The body is over the registry's limit; send less.")
    if isinstance(error, drf.ValidationError):
        errors = list(_field_errors(error.get_full_details()))
        named = ", ".join(dict.fromkeys(e["field"] for e in errors if e["field"]))
        first = errors[0]["message"] if errors else "The body is not valid."
        detail = f"Correct {named}: {first}" if named else first
        return problem(400, "invalid", detail, errors=errors)
    if isinstance(error, Http404):
        return problem(404, "not_found", _DETAILS["not_found"])
    if isinstance(error, drf.APIException):
        code = str(error.get_codes()) if isinstance(error.get_codes(), str) else error.default_code
        detail = _DETAILS.get(code, str(error.detail))
        return problem(error.status_code, code, detail)
    logger.error("Unhandled error", exc_info=error)
    return problem(500, "internal_error", _DETAILS["internal_error"])


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | Response:
    """DRF's EXCEPTION_HANDLER."""
    set_rollback()
    response = problem_for(error)
    if isinstance(error, drf.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = "The request is malformed, or its Host is not one of this registry's."
    return _page_or_problem(request, 400, "bad_request", detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    # As in Django: text given to Http404 is for the visitor; the resolver gives no text.
    told = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    return _page_or_problem(request, 404, "not_found", told or _DETAILS["not_found"])


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page_or_problem(request, 403, "forbidden", _DETAILS["forbidden"])


def server_error(request: HttpRequest) -> HttpResponse:
    return _page_or_problem(request, 500, "internal_error", _DETAILS["internal_error"])


def too_many_requests(request: HttpRequest, error: domain.RateLimited) -> HttpResponse:
    response = _page_or_problem(request, 429, error.code, error.detail)
    response["Retry-After"] = str(error.retry_after)
    return response


def _page_or_problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """A page for those who would rather read HTML, outside the API; the problem document for all others."""
    if request.path.startswith("/api/"):
        return problem(status, code, detail)
    # A client that takes anything gets the first.
    preferred = request.get_preferred_type([CONTENT_TYPE, "application/json", "text/html"])
    if preferred == "text/html":
        # Without the request: what failed may be the very thing a context processor needs.
        page = render_to_string("error.html", {"title": _TITLES[status], "status": status, "detail": detail})
        response = HttpResponse(page, status=status)
    else:
        response = problem(status, code, detail)
    patch_vary_headers(response, ["Accept"])
    return response


def _headers(status: int, retry_after: int | None) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": CHALLENGE}
    return {"Retry-After": str(retry_after)} if retry_after else {}


def _field_errors(details: Any, path: str = "") -> Any:
    """DRF's nested error details as flat rows {field, code, message}, field in dotted notation."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": path, "code": details["code"], "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            own = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _field_errors(inner, own)
    elif isinstance(details, list):
        for position, inner in enumerate(details):
            leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from _field_errors(inner, path if leaf else f"{path}.{position}".lstrip("."))
