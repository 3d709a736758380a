"""Hours and days as events, so that recurring work is a subscription like any other."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from BE.core.events.bus import EventBus
from BE.core.events.event import Event
from BE.core.events.outbox import Outbox
from BE.core.exceptions import UnavailableError

log = structlog.get_logger(__name__)

_RETRY_DELAY = 5.0
_SPREAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPassed(Event):
    """An hour of UTC that began at ``began_at`` has come."""

    name = "schedule.hour_passed"

    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPassed(Event):
    """A day of UTC that began at ``began_at`` has come."""

    name = "schedule.day_passed"

    began_at: datetime


_UNITS: dict[type[Event], str] = {HourPassed: "hour", DayPassed: "day"}


class Schedule:
    """Writes each tick once, whichever process comes first, and only where somebody listens.

    An hour or a day in which no process ran has no tick: the next start writes the current one.
    """

    def __init__(self, outbox: Outbox, bus: EventBus) -> None:
        self._outbox = outbox
        self._bus = bus

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Tick while the block runs, from when ``ready`` is set."""
        ticking = [asyncio.create_task(self._run(each, ready)) for each in _UNITS]
        try:
            yield
        finally:
            for task in ticking:
                task.cancel()
            await asyncio.wait(ticking)

    async def tick(self, tick: type[Event]) -> float | None:
        """Write the current tick if it is not there yet; the seconds until the next."""
        handlers = self._bus.durable_handlers(tick)
        if not handlers:
            return None
        return await self._outbox.tick(tick.name, tick.version, _UNITS[tick], handlers)

    async def _run(self, tick: type[Event], ready: asyncio.Event) -> None:
        await ready.wait()
        while True:
            try:
                seconds = await self.tick(tick)
            except UnavailableError:
                seconds = _RETRY_DELAY
            except Exception:
                log.exception("schedule_failed")
                seconds = _RETRY_DELAY
            if seconds is None:
                return
            await asyncio.sleep(seconds + random.uniform(0, _SPREAD))  # noqa: S311
