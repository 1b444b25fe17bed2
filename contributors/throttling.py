"""How many requests each caller may make: django-ratelimit's windows and counters over Redis.

Every request is counted, so what django-ratelimit's ``get_usage`` does in three round trips for each
window is done here in one for all windows: its keys and its windows, and a pipeline.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django_ratelimit.core import ALL, EXPIRATION_FUDGE, _get_window, _make_cache_key

from contributors.caller import Caller
from contributors.client_ip import client_network
from contributors.exceptions import RateLimited

_PERIOD = 60

# An IP that was far from its limit a moment ago, and has not failed here since, is not asked for again:
# that is one round trip less for each signed request.
_CALM_SECONDS = 1.0
_MAX_CALM = 10_000
_calm_until: dict[str, float] = {}


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


def count_request(caller: Caller | None, ip: str) -> Usage:
    """Count this request for its caller and for its IP; the caller's window, unless the IP's is full.
    Raises RateLimited for a caller whose IP failed to authenticate too often.

    All keys of an address share its window, except a key with a limit of its own. Without a caller
    the window is the IP's. The wider cap over an IP is there because wallets are free.
    """
    ip = client_network(ip)
    if caller is None:
        own = _Window.now("ip", ip, settings.HOKUSAI_RATE_LIMIT)
    elif caller.rate_limit is not None:
        own = _Window.now("key", str(caller.api_key_id), caller.rate_limit)
    else:
        own = _Window.now("address", caller.pk, settings.HOKUSAI_RATE_LIMIT)
    everyone = _Window.now("all-of-ip", ip, settings.HOKUSAI_IP_RATE_LIMIT)
    # Looked at in the same round trip, and not counted up.
    failed = _failures(ip)
    own_count, everyones_count, failures = _count({own: 1, everyone: 1, failed: 0})
    if caller is not None and failures >= failed.limit:
        raise _failed_too_often(failed)
    if own_count > own.limit:
        # What is refused for its caller alone does not use up the window of its neighbours.
        _count({everyone: -1})
        return own.usage(own_count)
    return everyone.usage(everyones_count) if everyones_count > everyone.limit else own.usage(own_count)


def count_visit(ip: str) -> None:
    """Count a page for its IP, together with the API's requests from there. Raises RateLimited."""
    everyone = _Window.now("all-of-ip", client_network(ip), settings.HOKUSAI_IP_RATE_LIMIT)
    usage = everyone.usage(_count({everyone: 1})[0])
    if usage.exceeded:
        raise usage.error()


def check_failures(ip: str) -> None:
    """Raise RateLimited where this IP failed to authenticate too often in the last minute.

    Asked before any signature is checked, so that nobody has the registry recover keys all day.
    """
    window = _failures(ip)
    if _calm_until.get(window.key, 0.0) > time.monotonic():
        return
    failures = cache.get(window.key, 0)
    if failures >= window.limit:
        raise _failed_too_often(window)
    if failures * 2 <= window.limit:
        if len(_calm_until) >= _MAX_CALM:
            _calm_until.clear()
        _calm_until[window.key] = time.monotonic() + _CALM_SECONDS


def note_failure(ip: str) -> RateLimited | None:
    """Count a failed authentication; gives what to answer instead, where they were too many before it."""
    window = _failures(ip)
    _calm_until.pop(window.key, None)
    (count,) = _count({window: 1})
    return _failed_too_often(window) if count > window.limit else None


@dataclass(frozen=True, slots=True)
class _Window:
    """One counter: its key in the cache, its limit, and when it ends."""

    key: str
    limit: int
    ends: int

    @classmethod
    def now(cls, group: str, value: str, limit: int) -> "_Window":
        ends = _get_window(value, _PERIOD)
        key = _make_cache_key(f"hokusai-{group}", ends, (limit, _PERIOD), value, ALL)
        return cls(key=key, limit=limit, ends=ends)

    def usage(self, count: int) -> Usage:
        return Usage(
            limit=self.limit,
            remaining=max(0, self.limit - count),
            reset=max(0, self.ends - int(time.time())),
            exceeded=count > self.limit,
        )


def _failures(ip: str) -> _Window:
    return _Window.now("failed", client_network(ip), settings.HOKUSAI_FAILED_AUTH_LIMIT)


def _failed_too_often(window: _Window) -> RateLimited:
    reset = window.usage(window.limit).reset
    return RateLimited(f"Too many failed authentications from this address; wait {reset} seconds.", retry_after=reset)


def _count(steps: dict[_Window, int]) -> list[int]:
    # Not in Django's interface: hokusai_site.cache.ResilientRedisCache, which settings choose, has it.
    counter: Any = cache
    return list(counter.count({w.key: step for w, step in steps.items()}, _PERIOD + EXPIRATION_FUDGE))
