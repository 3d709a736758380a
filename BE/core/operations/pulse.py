"""Whether the database answers: one query for all concurrent callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from BE.core.database.database import Database
from BE.core.exceptions import UnavailableError

_KEPT = 1.0
_PATIENCE = 2.0


class SingleFlight[Result]:
    """Shares one run among all callers that come while it runs."""

    def __init__(self, run: Callable[[], Awaitable[Result]]) -> None:
        self._run = run
        self._running: asyncio.Task[Result] | None = None

    async def result(self) -> Result:
        """Raises what the run raises. A cancelled caller does not cancel it for the others."""
        if self._running is None:
            self._running = asyncio.create_task(self._once())
        return await asyncio.shield(self._running)

    async def _once(self) -> Result:
        try:
            return await self._run()
        finally:
            self._running = None


class DatabasePulse:
    """Queries the database at most once a second, so that a flood of probes is one statement.

    Queries again at once when the pool has no connection left.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._query = SingleFlight(self._measure)
        self._measured_at = float("-inf")
        self._latency = 0.0
        self._fault: BaseException | None = None

    async def latency(self) -> float:
        """Seconds that the last query took. Raises :class:`UnavailableError`."""
        is_old = time.monotonic() - self._measured_at > _KEPT
        if is_old or (self._fault is None and not self._database.pool.size):
            await self._query.result()
        if self._fault is not None:
            raise UnavailableError from self._fault
        return self._latency

    async def _measure(self) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._database.fetchval("SELECT 1")
            self._fault = None
        except (UnavailableError, TimeoutError) as error:
            self._fault = error.__cause__ or error
        self._latency = time.perf_counter() - began
        self._measured_at = time.monotonic()
