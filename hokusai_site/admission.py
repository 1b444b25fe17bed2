"""The door of the API: who asks, how often, and may this signed message still be used.

In this order: verify the credentials; refuse a used message (charged to the caller's IP, not to its
victim's quota); count; then use the message up. A request that is answered 429 or 5xx gets its
message back, for that same request only: clients repeat those with the same headers.

It is a middleware and not DRF's own authentication, because DRF checks permissions before it counts,
and because the answer's status decides what happens to the message.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from contributors.authentication import check_credentials, has_credentials, has_signature
from contributors.caller import Caller
from contributors.client_ip import client_ip
from contributors.exceptions import DomainError, TooLarge, Unauthenticated
from contributors.services.api_keys import note_use
from contributors.services.signatures import (
    SignedMessage,
    check_unused,
    consume,
    release,
    request_digest,
    reserve,
)
from contributors.throttling import Usage, check_failures, count_request, note_failure
from hokusai_site.errors import problem, problem_for

# A body over the limit is read up to here before it is refused: a client that is still sending when
# the connection closes sees a reset and never the answer.
_DRAIN_BYTES = 16 * 1024 * 1024


class AdmissionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # A redirect would turn a POST into a GET, and the credentials have crossed the wire already.
            return problem(403, "https_required", "Send API requests over https; this one was not encrypted.")
        try:
            check_size(request)
        except TooLarge as error:
            return problem_for(error)
        return self.admit(request)

    def admit(self, request: HttpRequest) -> HttpResponse:
        ip = client_ip(request.META, settings.HOKUSAI_TRUSTED_PROXIES)
        signed: SignedMessage | None = None
        digest = ""
        caller: Caller | None = None
        try:
            if has_credentials(request):
                if has_signature(request):
                    # A key is looked up in less time than this asks; its IP's failures are seen when it is counted.
                    check_failures(ip)
                # The body before the signature: who sends it slowly must not outlast the signed message.
                body = request.body
                caller, signed, key = check_credentials(request, ip)
                if signed:
                    digest = request_digest(method=request.method or "", path=request.get_full_path(), body=body)
                    check_unused(signed, digest)
                if key:
                    note_use(key)
            usage = count_request(caller, ip)
            if signed:
                (reserve if usage.exceeded else consume)(signed, digest)
        except Unauthenticated as error:
            return problem_for(note_failure(ip) or error)
        except DomainError as error:
            return problem_for(error)
        request.caller = caller  # type: ignore[attr-defined]
        if usage.exceeded:
            return counted(problem_for(usage.error()), usage)
        response = self.get_response(request)
        if signed and (response.status_code == 429 or response.status_code >= 500):
            release(signed, digest)
        return counted(response, usage)


def counted(response: HttpResponse, usage: Usage) -> HttpResponse:
    for name, value in usage.headers().items():
        response[name] = value
    return response


def check_size(request: HttpRequest) -> None:
    """Raise TooLarge for a body over the limit, after reading enough of it to be heard."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.HOKUSAI_MAX_BODY_BYTES
    if not length.isdecimal() or int(length) <= limit:
        return
    remaining = min(int(length), _DRAIN_BYTES)
    while remaining > 0:
        chunk = request.read(min(remaining, 65_536))
        if not chunk:
            break
        remaining -= len(chunk)
    raise TooLarge(
        f"The body is {length} bytes and the limit is {limit}; send less, and keep large data in MLflow.",
        code="body_too_large",
    )
