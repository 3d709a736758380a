"""Caches values that may be some seconds old, as JSON, in Redis or in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

import cashews
from cashews.backends.interface import Backend

from BE.core.product import SLUG
from BE.core.redis.redis_or_memory import TIMEOUT, RedisOrMemory

_ENTRIES_IN_MEMORY = 10_000
_PREFIX = f"{SLUG}:cache:"


class CacheMetrics(Protocol):
    def cache_lookup(self, *, is_hit: bool) -> None: ...


class Cache:
    """Holds JSON values. While Redis does not answer, each process has a cache of its own."""

    def __init__(self, redis_url: str | None, metrics: CacheMetrics) -> None:
        self._metrics = metrics
        redis = None
        if redis_url is not None:
            timeouts = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
            redis = _store(redis_url, suppress=False, **timeouts)
        memory = _store("mem://", size=_ENTRIES_IN_MEMORY)
        self._stores = RedisOrMemory("cache", redis=redis, memory=memory)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        stores = [store for store in (self._stores.memory, self._stores.redis) if store is not None]
        for store in stores:
            await store.init()  # type: ignore[no-untyped-call]  # this connects to nothing yet
        try:
            yield
        finally:
            for store in stores:
                await store.close()  # type: ignore[no-untyped-call]

    async def get(self, key: str) -> Any:
        """The value, or ``None``."""
        value = await self._stores.use(lambda store: store.get(_PREFIX + key))
        self._metrics.cache_lookup(is_hit=value is not None)
        return value

    async def set(self, key: str, value: Any, *, ttl: timedelta) -> None:
        seconds = ttl.total_seconds()
        await self._stores.use(lambda store: store.set(_PREFIX + key, value, expire=seconds))

    async def check(self) -> dict[str, Any]:
        return await self._stores.check(lambda redis: redis.ping())


def _store(url: str, **options: Any) -> Backend:
    return cashews.Cache().setup(url, pickle_type="json", **options)
