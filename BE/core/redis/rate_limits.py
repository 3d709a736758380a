"""Limits the requests of an address or a user, and the rows that a user changes."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from BE.core.exceptions import RateLimitedError
from BE.core.redis.memory_counters import MemoryCounters
from BE.core.redis.redis_or_memory import RedisOrMemory

type Networks = Sequence[tuple[str, int]]
"""As :func:`networks_of` returns them."""

_OWNERS_AHEAD = 10_000
_PART_AHEAD = 100
"""A process counts a hundredth of the limit for all keys of an owner at once."""


class TooManyChanges(RateLimitedError):
    """Too much has been changed within a minute, try again later"""


class _Counters(Protocol):
    async def draw(self, kind: str, share: int, key: str, cost: int) -> float | None: ...


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
        self._redis = None
        self._counters = RedisOrMemory[_Counters]("rate_limits", MemoryCounters(limits, window))
        if redis_url is not None:
            from BE.core.redis.in_redis import FAILURES, RedisCounters

            self._redis = RedisCounters(redis_url, limits, window)
            self._counters.prefer(self._redis, FAILURES)
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
        return await self._counters.check(self._ping)

    async def _ping(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

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
        wait = await self._counters.use(lambda counters: counters.draw(kind, share, key, cost))
        if wait is not None:
            raise refusal(retry_after=max(1, math.ceil(wait)))
