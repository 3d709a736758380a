"""The passing of an hour as an event, so that recurring work is a subscription like any other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from BE.core.durable.ticking import ticking
from BE.core.events.bus import EventBus
from BE.core.events.event import Event
from BE.core.events.outbox import Outbox

log = structlog.get_logger(__name__)

_SPREAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPassed(Event):
    """The hour of UTC that begins at ``began_at`` has begun."""

    name = "schedule.hour_passed"

    began_at: datetime


class Schedule:
    """Writes each tick once, whichever process comes first, and only if it has a subscriber.

    An hour in which no process ran has no tick: the next start writes the current one.
    """

    def __init__(self, outbox: Outbox, bus: EventBus) -> None:
        self._outbox = outbox
        self._bus = bus

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Tick while the block runs, from when ``ready`` is set."""
        async with ticking(self.tick, ready, log, spread=_SPREAD):
            yield

    async def tick(self) -> float | None:
        """Write the current tick unless it exists; return the seconds until the next.

        ``None`` if there is no subscriber.
        """
        handlers = self._bus.durable_handlers(HourPassed)
        if not handlers:
            return None
        return await self._outbox.tick_hour(HourPassed.name, HourPassed.version, handlers)
