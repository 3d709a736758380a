"""Limits the requests of an address or a user, and the rows that a user changes."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from throttled.asyncio import MemoryStore, RedisStore, Throttled, rate_limiter
from throttled.asyncio.rate_limiter import BaseRateLimiter
from throttled.asyncio.store import BaseStore

from BE.core.exceptions import RateLimitedError
from BE.core.product import SLUG
from BE.core.redis.redis_or_memory import TIMEOUT, RedisOrMemory

type Networks = Sequence[tuple[str, int]]
"""As :func:`networks_of` returns them."""

_KEYS_IN_MEMORY = 100_000
_OWNERS_AHEAD = 10_000
_PART_AHEAD = 100
"""A process counts the hundredth part of the limit of all keys of an owner at once."""
_TIMEOUTS = {"SOCKET_TIMEOUT": TIMEOUT, "SOCKET_CONNECT_TIMEOUT": TIMEOUT}


class TooManyChanges(RateLimitedError):
    """Too much has been changed within a minute, try again later"""


class RateLimits:
    """Counts in Redis for all processes together; without Redis, each process counts alone.

    By GCRA: a caller may send a minute's requests at once, and then one per earned interval.
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
        redis = None
        if redis_url:
            redis = _Counters(RedisStore(redis_url, options=_TIMEOUTS), limits, window)
        memory = _Counters(MemoryStore(options={"MAX_SIZE": _KEYS_IN_MEMORY}), limits, window)
        self._counters = RedisOrMemory("rate_limits", redis=redis, memory=memory)
        self._at_once = max(1, per_user // _PART_AHEAD)
        self._ahead: dict[UUID, int] = {}
        """How many requests by keys are counted for their owner, and have not come yet."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if self._counters.redis is not None:
                await self._counters.redis.client.aclose(close_connection_pool=True)

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

        So a script takes nothing from the others, or from its owner at a browser. The requests of
        all keys are counted some ahead, so that a request counts once as a rule. Raises
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
        return await self._counters.check(lambda redis: redis.client.ping())

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
        result = await self._counters.use(
            lambda counters: counters.of(kind, share).limit(key, cost)
        )
        if result.limited:
            raise refusal(retry_after=max(1, math.ceil(result.state.retry_after)))


class _Counters:
    def __init__(self, store: BaseStore, limits: dict[str, int], window: timedelta) -> None:
        self._store = store
        self._limits = limits
        self._window = window
        self._made: dict[tuple[str, int], BaseRateLimiter] = {}

    def of(self, kind: str, share: int) -> BaseRateLimiter:
        """The counter with ``share`` times the limit of ``kind``."""
        made = self._made.get((kind, share))
        if made is None:
            made = self._made[kind, share] = self._make(kind, share * self._limits[kind])
        return made

    def _make(self, kind: str, limit: int) -> BaseRateLimiter:
        quota = rate_limiter.per_duration(self._window, limit)
        prefix = f"{SLUG}:limit:{kind}"
        return Throttled(using="gcra", quota=quota, store=self._store, key_prefix=prefix).limiter

    @property
    def client(self) -> Any:
        return self._store._backend.get_client()  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to close it
