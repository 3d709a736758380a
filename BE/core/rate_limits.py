"""How many requests an address or a user may send."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from throttled.asyncio import MemoryStore, RedisStore, Throttled, rate_limiter
from throttled.asyncio.rate_limiter import BaseRateLimiter
from throttled.asyncio.store import BaseStore

from BE.core.exceptions import RateLimitedError
from BE.core.redis_or_memory import TIMEOUT, RedisOrMemory

_KEYS_IN_MEMORY = 100_000
_TIMEOUTS = {"SOCKET_TIMEOUT": TIMEOUT, "SOCKET_CONNECT_TIMEOUT": TIMEOUT}


class RateLimits:
    """Counts in Redis, so for all processes together; without it, each process for itself.

    By GCRA: all of a minute's requests at once, and then one whenever one has been earned back.
    """

    def __init__(self, redis_url: str | None, *, per_address: int, per_user: int) -> None:
        """``per_address`` and ``per_user`` are requests in a minute."""
        quotas = {"address": per_address, "user": per_user}
        redis = _Counters(RedisStore(redis_url, options=_TIMEOUTS), quotas) if redis_url else None
        memory = _Counters(MemoryStore(options={"MAX_SIZE": _KEYS_IN_MEMORY}), quotas)
        self._counters = RedisOrMemory("rate_limits", redis=redis, memory=memory)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if self._counters.redis is not None:
                await self._counters.redis.client.aclose(close_connection_pool=True)

    async def draw_for_address(self, network: str) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._draw("address", network)

    async def draw_for_user(self, user_id: UUID) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._draw("user", str(user_id))

    async def check(self) -> dict[str, Any]:
        return await self._counters.check(lambda redis: redis.client.ping())

    async def _draw(self, kind: str, key: str) -> None:
        result = await self._counters.use(lambda counters: counters.of[kind].limit(key))
        if result.limited:
            raise RateLimitedError(retry_after=max(1, math.ceil(result.state.retry_after)))


class _Counters:
    def __init__(self, store: BaseStore, quotas: dict[str, int]) -> None:
        self._store = store
        self.of = {kind: _counter(store, kind, quota) for kind, quota in quotas.items()}

    @property
    def client(self) -> Any:
        return self._store._backend.get_client()  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to close it


def _counter(store: BaseStore, kind: str, quota: int) -> BaseRateLimiter:
    per_minute = rate_limiter.per_min(quota)
    prefix = f"bounded:limit:{kind}"
    return Throttled(using="gcra", quota=per_minute, store=store, key_prefix=prefix).limiter
