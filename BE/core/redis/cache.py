"""Caches values that may be some seconds old, as JSON, in Redis or in this process."""

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

import orjson
from cachetools import TLRUCache

from BE.core.product import SLUG
from BE.core.redis.redis_or_memory import RedisOrMemory

_ENTRIES_IN_MEMORY = 10_000
_PREFIX = f"{SLUG}:cache:"


class CacheMetrics(Protocol):
    def cache_lookup(self, *, is_hit: bool) -> None: ...


class _Store(Protocol):
    """The common interface of Redis and memory; ``px`` is the lifetime in milliseconds."""

    def get(self, name: str, /) -> Awaitable[Any]: ...

    def set(self, name: str, value: bytes, /, *, px: int) -> Awaitable[Any]: ...


class Cache:
    """Holds JSON values. While Redis does not answer, each process has a cache of its own."""

    def __init__(self, redis_url: str | None, metrics: CacheMetrics) -> None:
        self._metrics = metrics
        self._redis = None
        self._stores = RedisOrMemory[_Store]("cache", _Memory())
        if redis_url is not None:
            from BE.core.redis.in_redis import FAILURES, cache_in

            self._redis = cache_in(redis_url)
            self._stores.prefer(self._redis, FAILURES)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if self._redis is not None:
                await self._redis.aclose()

    async def get(self, key: str) -> Any:
        """The value, or ``None``."""
        found = await self._stores.use(lambda store: store.get(_PREFIX + key))
        value = None if found is None else orjson.loads(found)
        self._metrics.cache_lookup(is_hit=value is not None)
        return value

    async def set(self, key: str, value: Any, *, ttl: timedelta) -> None:
        milliseconds = ttl // timedelta(milliseconds=1)
        json = orjson.dumps(value)
        await self._stores.use(lambda store: store.set(_PREFIX + key, json, px=milliseconds))

    async def check(self) -> dict[str, Any]:
        return await self._stores.check(self._ping)

    async def _ping(self) -> None:
        if self._redis is not None:
            await self._redis.ping()


class _Memory:
    """Drops expired values, then the least recently read."""

    def __init__(self) -> None:
        self._entries = TLRUCache[str, tuple[bytes, float]](
            _ENTRIES_IN_MEMORY, ttu=lambda _, entry, now: now + entry[1], timer=time.monotonic
        )

    async def get(self, name: str, /) -> bytes | None:
        entry = self._entries.get(name)
        return None if entry is None else entry[0]

    async def set(self, name: str, value: bytes, /, *, px: int) -> None:
        self._entries[name] = value, px / 1000
