"""Limits requests that change many rows: how many run at once, and how many rows in a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from BE.core.limits.concurrency import TooManyAtOnce
from BE.core.redis.rate_limits import RateLimits

_PATIENCE = 10.0
_RETRY_AFTER = 5


@dataclass(slots=True)
class _Turn:
    """The requests of one caller."""

    free: asyncio.Semaphore
    present: int = 0


class Batches:
    """Queues a caller's large requests, so that only a few at a time use memory and connections.

    Counts per process, as memory and connections belong to the process.
    """

    def __init__(self, limits: RateLimits, *, counting: bool, at_once: int, waiting: int) -> None:
        """``at_once`` run and ``waiting`` wait per caller; ``counting`` limits rows, too."""
        self._limits = limits
        self._counting = counting
        self._at_once = at_once
        self._most = at_once + waiting
        self._turns: dict[UUID, _Turn] = {}

    @asynccontextmanager
    async def turn(self, caller: UUID) -> AsyncIterator[None]:
        """Run the block when it is the request's turn.

        Raises :class:`TooManyAtOnce` if too many wait already, or after ten seconds.
        """
        turn = self._turns.setdefault(caller, _Turn(asyncio.Semaphore(self._at_once)))
        if turn.present >= self._most:
            raise TooManyAtOnce(retry_after=_RETRY_AFTER)
        turn.present += 1
        try:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await turn.free.acquire()
            except TimeoutError:
                raise TooManyAtOnce(retry_after=_RETRY_AFTER) from None
            try:
                yield
            finally:
                turn.free.release()
        finally:
            turn.present -= 1
            if not turn.present:
                del self._turns[caller]

    async def draw(self, caller: UUID, rows: int) -> None:
        """Count rows that ``caller`` is about to change. Raises :class:`RateLimitedError`."""
        if self._counting and rows:
            await self._limits.draw_for_rows(caller, rows)
