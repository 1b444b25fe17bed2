"""A Redis cache that goes on when Redis does not.

While Redis is gone each process counts for itself (rate limits), and requests are served at full
speed: after a failure Redis is left alone for some seconds, so that only one request in that time
pays for a connection attempt.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2.0


class KeptClient(RedisCacheClient):
    """Django makes a Redis client for each call, which takes two thirds as long as the call itself."""

    _kept: Redis | None = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        if self._kept is None:
            self._kept = super().get_client(key, write=True)
        return self._kept


class ResilientRedisCache(RedisCache):
    """Django's Redis cache with a per-process cache behind it."""

    _away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
        self._local = LocMemCache("resilient-redis-fallback", {**params, "OPTIONS": {"MAX_ENTRIES": 10_000}})

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

    def count(self, steps: Mapping[str, int], timeout: int) -> list[int]:
        """Put each counter up by its step, all in one round trip; gives what they stand at.

        A counter that is not there starts at 0 and lapses after ``timeout`` seconds. Round trips are
        most of what counting costs: add, exists and incr would be three for each key.
        """
        return self._ask(lambda: self._count_in_redis(steps, timeout), lambda: self._count_locally(steps, timeout))

    def _count_in_redis(self, steps: Mapping[str, int], timeout: int) -> list[int]:
        pipeline = self._cache.get_client(write=True).pipeline(transaction=False)
        for name, step in steps.items():
            key = self.make_and_validate_key(name)
            pipeline.set(key, 0, ex=timeout, nx=True)
            pipeline.incr(key, step)
        return [int(count) for count in pipeline.execute()[1::2]]

    def _count_locally(self, steps: Mapping[str, int], timeout: int) -> list[int]:
        counts = []
        for key, step in steps.items():
            self._local.add(key, 0, timeout)
            counts.append(self._local.incr(key, step))
        return counts

    def clear(self) -> None:
        self._ask(super().clear, lambda: None)
        self._local.clear()
