"""What is kept in Redis: imported only where one is configured, because its client is large."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from throttled.asyncio import BaseRateLimiter, RedisStore, Throttled
from throttled.exceptions import StoreUnavailableError
from throttled.rate_limiter import per_duration

from BE.core.product import SLUG
from BE.core.redis.redis_or_memory import TIMEOUT

FAILURES = (RedisError, StoreUnavailableError)
"""Raised by both clients while Redis does not answer."""


def cache_in(url: str) -> Redis:
    """The client that holds the cache's entries."""
    return Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


class RedisCounters:
    """Counts for all processes together, by the same rule as in memory."""

    def __init__(self, url: str, limits: Mapping[str, int], window: timedelta) -> None:
        self._limits = limits
        self._window = window
        timeouts = {"SOCKET_TIMEOUT": TIMEOUT, "SOCKET_CONNECT_TIMEOUT": TIMEOUT}
        self._store = RedisStore(url, options=timeouts)
        self._limiters: dict[tuple[str, int], BaseRateLimiter] = {}

    async def draw(self, kind: str, share: int, key: str, cost: int) -> float | None:
        """Like :meth:`MemoryCounters.draw`."""
        result = await self._limiter(kind, share).limit(key, cost)
        return result.state.retry_after if result.limited else None

    async def ping(self) -> None:
        """Raises one of ``FAILURES`` if Redis does not answer."""
        await self._client.ping()

    async def aclose(self) -> None:
        await self._client.aclose(close_connection_pool=True)

    def _limiter(self, kind: str, share: int) -> BaseRateLimiter:
        limiter = self._limiters.get((kind, share))
        if limiter is None:
            limiter = self._limiters[kind, share] = Throttled(
                using="gcra",
                quota=per_duration(self._window, share * self._limits[kind]),
                key_prefix=f"{SLUG}:limit:{kind}",
                store=self._store,
            ).limiter
        return limiter

    @property
    def _client(self) -> Any:
        return self._store._backend.get_client()  # noqa: SLF001 - no other way to close it
