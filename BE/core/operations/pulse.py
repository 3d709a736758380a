"""Whether the database answers, asked once for all who want to know."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from BE.core.database.database import Database
from BE.core.exceptions import UnavailableError

_KEPT = 1.0
_PATIENCE = 2.0


class SingleFlight[Result]:
    """Runs once for all who ask while it runs."""

    def __init__(self, run: Callable[[], Awaitable[Result]]) -> None:
        self._run = run
        self._running: asyncio.Task[Result] | None = None

    async def result(self) -> Result:
        """Raises what the run raises. A caller that is cancelled does not end it for the others."""
        if self._running is None:
            self._running = asyncio.create_task(self._once())
        return await asyncio.shield(self._running)

    async def _once(self) -> Result:
        try:
            return await self._run()
        finally:
            self._running = None


class DatabasePulse:
    """Asks at most once a second, however many want to know: a flood of probes is one statement.

    An answer is no longer believed once no connection is left.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = SingleFlight(self._ask)
        self._asked_at = float("-inf")
        self._latency = 0.0
        self._fault: BaseException | None = None

    async def latency(self) -> float:
        """Seconds that an answer took. Raises :class:`UnavailableError`."""
        is_old = time.monotonic() - self._asked_at > _KEPT
        if is_old or (self._fault is None and not self._database.pool.size):
            await self._asking.result()
        if self._fault is not None:
            raise UnavailableError from self._fault
        return self._latency

    async def _ask(self) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._database.fetchval("SELECT 1")
            self._fault = None
        except (UnavailableError, TimeoutError) as error:
            self._fault = error.__cause__ or error
        self._latency = time.perf_counter() - began
        self._asked_at = time.monotonic()
