"""A Redis cache that goes on when Redis does not.

While Redis is gone each process counts for itself (rate limits), and requests are served at full
speed: after a failure Redis is left alone for some seconds, so that only one request in that time
pays for a connection attempt.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2.0


class ResilientRedisCache(RedisCache):
    """Django's Redis cache with a per-process cache behind it."""

    _away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("resilient-redis-fallback", {**params, "OPTIONS": {}})

    def _ask(self, redis_call: Callable[[], Any], local_call: Callable[[], Any]) -> Any:
        cls = type(self)
        if time.monotonic() >= cls._away_until:
            try:
                return redis_call()
            except (RedisError, OSError) as error:
                cls._away_until = time.monotonic() + RETRY_AFTER_SECONDS
                logger.warning("Redis does not answer (%s); this process counts for itself.", error)
        return local_call()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return self._ask(
            lambda: super(ResilientRedisCache, self).add(key, value, timeout, version),
            lambda: self._local.add(key, value, timeout, version),
        )

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._ask(
            lambda: super(ResilientRedisCache, self).get(key, default, version),
            lambda: self._local.get(key, default, version),
        )

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._ask(
            lambda: super(ResilientRedisCache, self).set(key, value, timeout, version),
            lambda: self._local.set(key, value, timeout, version),
        )

    def delete(self, key: Any, version: Any = None) -> bool:
        return self._ask(
            lambda: super(ResilientRedisCache, self).delete(key, version),
            lambda: self._local.delete(key, version),
        )

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        return self._ask(
            lambda: super(ResilientRedisCache, self).incr(key, delta, version),
            lambda: self._local.incr(key, delta, version),
        )

    def clear(self) -> None:
        self._ask(super().clear, lambda: None)
        self._local.clear()
