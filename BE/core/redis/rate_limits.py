"""Limits the requests of an address or a user, and the rows that a user changes."""

import math
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import throttled
import throttled.asyncio
from throttled.rate_limiter import RateLimitResult, per_duration

from BE.core.exceptions import RateLimitedError
from BE.core.product import SLUG
from BE.core.redis.redis_or_memory import TIMEOUT, RedisOrMemory

type Networks = Sequence[tuple[str, int]]
"""As :func:`networks_of` returns them."""

_KEYS_IN_MEMORY = 100_000
_OWNERS_AHEAD = 10_000
_PART_AHEAD = 100
"""A process counts a hundredth of the limit for all keys of an owner at once."""
_TIMEOUTS = {"SOCKET_TIMEOUT": TIMEOUT, "SOCKET_CONNECT_TIMEOUT": TIMEOUT}


class TooManyChanges(RateLimitedError):
    """Too much has been changed within a minute, try again later"""


class RateLimits:
    """Counts in Redis for all processes together; without Redis, each process counts alone.

    Uses GCRA: a caller may send a minute's requests at once, and then one per earned interval.
    """

    def __init__(
        self,
        redis_url: str | None,
        *,
        per_address: int,
        per_user: int,
        per_api_key: int = 600,
        rows_per_user: int = 10_000,
        window: timedelta = timedelta(minutes=1),
    ) -> None:
        """All limits are per ``window``."""
        limits = {
            "address": per_address,
            "monitoring": per_address,
            "user": per_user,
            "api-key": per_api_key,
            "api-keys": per_user,
            "rows": rows_per_user,
        }
        self._redis = _InRedis(redis_url, limits, window) if redis_url else None
        memory = _InMemory(limits, window)
        self._counters = RedisOrMemory[_Counters[Any]](
            "rate_limits", redis=self._redis, memory=memory
        )
        self._at_once = max(1, per_user // _PART_AHEAD)
        self._ahead: dict[UUID, int] = {}
        """Per owner, how many requests by keys have been counted but not yet received."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if self._redis is not None:
                await self._redis.aclose()

    async def draw_for_address(self, networks: Networks) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._draw_for("address", networks)

    async def draw_for_monitoring(self, networks: Networks) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._draw_for("monitoring", networks)

    async def draw_for_user(self, user_id: UUID) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._draw("user", str(user_id))

    async def draw_for_api_key(self, key_id: UUID, user_id: UUID) -> None:
        """Count a request for the key, and for all keys of its owner together.

        So a script uses up nothing of the other keys, nor of its owner's browser. The requests of
        all keys are counted some ahead, so that a request usually counts once. Raises
        :class:`RateLimitedError`.
        """
        await self._draw("api-key", str(key_id))
        ahead = self._ahead.pop(user_id, 0)
        if ahead == 0:
            await self._draw("api-keys", str(user_id), cost=self._at_once)
            ahead = self._at_once + self._ahead.pop(user_id, 0)  # others may have counted meanwhile
        if ahead > 1:
            if len(self._ahead) >= _OWNERS_AHEAD:
                del self._ahead[next(iter(self._ahead))]
            self._ahead[user_id] = ahead - 1

    async def draw_for_rows(self, user_id: UUID, rows: int) -> None:
        """Count the rows that a request changes. Raises :class:`TooManyChanges`."""
        await self._draw("rows", str(user_id), cost=rows, refusal=TooManyChanges)

    async def check(self) -> dict[str, Any]:
        return await self._counters.check(lambda redis: redis.ping())

    async def _draw_for(self, kind: str, networks: Networks) -> None:
        """Count the narrowest network first: a refusal there does not count for its neighbours."""
        for network, share in networks:
            await self._draw(kind, network, share)

    async def _draw(
        self,
        kind: str,
        key: str,
        share: int = 1,
        *,
        cost: int = 1,
        refusal: type[RateLimitedError] = RateLimitedError,
    ) -> None:
        result = await self._counters.use(lambda counters: counters.draw(kind, share, key, cost))
        if result.limited:
            raise refusal(retry_after=max(1, math.ceil(result.state.retry_after)))


class _Counters[Limiter](ABC):
    """The counters of one store, by kind and share of its limit."""

    def __init__(self, limits: dict[str, int], window: timedelta) -> None:
        self._limits = limits
        self._window = window
        self._made: dict[tuple[str, int], Limiter] = {}

    @abstractmethod
    async def draw(self, kind: str, share: int, key: str, cost: int) -> RateLimitResult:
        """Count for ``key``, whose limit is ``share`` times that of ``kind``."""

    async def ping(self) -> None:  # noqa: B027 - memory always answers
        """Raises the store's error if it does not answer."""

    @abstractmethod
    def _make(self, **options: Any) -> Limiter: ...

    def _of(self, kind: str, share: int) -> Limiter:
        made = self._made.get((kind, share))
        if made is None:
            quota = per_duration(self._window, share * self._limits[kind])
            prefix = f"{SLUG}:limit:{kind}"
            made = self._made[kind, share] = self._make(
                using="gcra", quota=quota, key_prefix=prefix
            )
        return made


class _InMemory(_Counters[throttled.BaseRateLimiter]):
    """Never waits, so it counts without the event loop, in half the time."""

    def __init__(self, limits: dict[str, int], window: timedelta) -> None:
        super().__init__(limits, window)
        self._store = throttled.MemoryStore(options={"MAX_SIZE": _KEYS_IN_MEMORY})

    async def draw(self, kind: str, share: int, key: str, cost: int) -> RateLimitResult:
        return self._of(kind, share).limit(key, cost)

    def _make(self, **options: Any) -> throttled.BaseRateLimiter:
        return throttled.Throttled(store=self._store, **options).limiter


class _InRedis(_Counters[throttled.asyncio.BaseRateLimiter]):
    def __init__(self, redis_url: str, limits: dict[str, int], window: timedelta) -> None:
        super().__init__(limits, window)
        self._store = throttled.asyncio.RedisStore(redis_url, options=_TIMEOUTS)

    async def draw(self, kind: str, share: int, key: str, cost: int) -> RateLimitResult:
        return await self._of(kind, share).limit(key, cost)

    def _make(self, **options: Any) -> throttled.asyncio.BaseRateLimiter:
        return throttled.asyncio.Throttled(store=self._store, **options).limiter

    async def ping(self) -> None:
        await self._client.ping()

    async def aclose(self) -> None:
        await self._client.aclose(close_connection_pool=True)

    @property
    def _client(self) -> Any:
        return self._store._backend.get_client()  # noqa: SLF001 - no other way to close it
