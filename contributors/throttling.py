"""How many requests each caller may make: django-ratelimit's counters over Redis."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from contributors.caller import Caller
from contributors.exceptions import RateLimited


@dataclass(frozen=True, slots=True)
class Usage:
    """A caller's window: ``limit`` requests, ``remaining`` of them left, ``reset`` in seconds."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }

    def error(self) -> RateLimited:
        return RateLimited(
            f"More than {self.limit} requests in a minute; wait {self.reset} seconds and repeat the request.",
            retry_after=self.reset,
        )


def count_request(request: HttpRequest, caller: Caller | None, ip: str) -> Usage:
    """Count this request for its caller and for its IP; the tighter of the two windows.

    All keys of an address share its window, except a key with a limit of its own. Without a caller
    the window is the IP's. The wider cap over an IP is there because wallets are free.
    """
    if caller is None:
        own = _count(request, "ip", ip, settings.HOKUSAI_RATE_LIMIT)
    elif caller.rate_limit is not None:
        own = _count(request, "key", str(caller.api_key_id), caller.rate_limit)
    else:
        own = _count(request, "address", caller.pk, settings.HOKUSAI_RATE_LIMIT)
    if own.exceeded:
        return own
    everyone = _count(request, "all-of-ip", ip, settings.HOKUSAI_IP_RATE_LIMIT)
    return everyone if everyone.exceeded else own


def check_failures(request: HttpRequest, ip: str) -> None:
    """Raise RateLimited where this IP failed to authenticate too often in the last minute.

    Asked before any signature is checked, so that nobody has the registry recover keys all day.
    """
    usage = _count(request, "failed", ip, settings.HOKUSAI_FAILED_AUTH_LIMIT, increment=False)
    if usage.remaining == 0:
        raise RateLimited(
            f"Too many failed authentications from this address; wait {usage.reset} seconds.",
            retry_after=usage.reset,
        )


def note_failure(request: HttpRequest, ip: str) -> None:
    _count(request, "failed", ip, settings.HOKUSAI_FAILED_AUTH_LIMIT)


def _count(request: HttpRequest, group: str, value: str, limit: int, *, increment: bool = True) -> Usage:
    usage = get_usage(
        request,
        group=f"hokusai-{group}",
        key=lambda _group, _request: value,
        rate=f"{limit}/m",
        increment=increment,
    )
    return Usage(
        limit=usage["limit"],
        remaining=max(0, usage["limit"] - usage["count"]),
        reset=max(0, usage["time_left"]),
        exceeded=usage["should_limit"],
    )
