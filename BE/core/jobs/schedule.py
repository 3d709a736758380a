"""Enqueues the jobs that recur, each tick once, whichever process comes first."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

import structlog

from BE.core.database.database import Database
from BE.core.durable.ticking import ticking
from BE.core.jobs.cron import Every
from BE.core.jobs.handlers import JobHandlers, Recurring
from BE.core.jobs.jobs import Jobs

log = structlog.get_logger(__name__)

_CAUGHT_UP = timedelta(hours=1)
"""Ticks missed within it are all enqueued; of older ones, only the last, if there are no others."""

_TOUCHED_EACH = timedelta(days=1)
_FORGOTTEN_AFTER = timedelta(days=30)
"""A schedule that has not been touched for this long is no longer declared."""

_LONGEST_SLEEP = 30.0
_SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class Clock:
    """The database's state of a schedule: the last tick that was enqueued, and the current time."""

    last: datetime
    now: datetime


"""Uses the database's clock, so that no process's clock can repeat or skip a tick."""


class JobSchedule:
    """The time is that of the database, so no clock of a process can repeat or skip a tick."""

    def __init__(self, database: Database, jobs: Jobs, handlers: JobHandlers) -> None:
        self._db = database
        self._jobs = jobs
        self._handlers = handlers
        self._has_forgotten = False

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Enqueue while the block runs, from when ``ready`` is set."""
        async with ticking(self.tick, ready, log, spread=_SPREAD, longest=_LONGEST_SLEEP):
            yield

    async def tick(self) -> float | None:
        """Enqueue due ticks; return the seconds until the next one is due, ``None`` for never."""
        recurring = self._handlers.recurring
        if not recurring:
            return None
        await self._forget()
        clocks = await self._clocks(recurring)
        waits = []
        for item in recurring:
            clock = clocks[item.name]
            if next(item.every.after(clock.last)) <= clock.now:
                clock = await self._catch_up(item)
            elif clock.now - clock.last > _TOUCHED_EACH:
                await self._touch(item.name, clock)
            waits.append((next(item.every.after(clock.last)) - clock.now).total_seconds())
        return max(0.0, min(waits))

    async def _catch_up(self, item: Recurring) -> Clock:
        """Enqueue the ticks that are due; others wait for the lock, and then see them done."""
        async with self._db.transaction():
            clock = await self._locked(item.name)
            ticks = missed(item.every, clock.last, clock.now)
            for tick in ticks:
                await self._jobs.enqueue(item.job, run_at=tick, priority=item.priority)
            if not ticks:
                return clock
            await self._note(item.name, ticks[-1])
        return Clock(ticks[-1], clock.now)

    async def _touch(self, name: str, clock: Clock) -> None:
        """Record that nothing was due until now, so that the schedule counts as declared."""
        await self._db.execute(
            "UPDATE jobs.schedule SET last_tick = $3 WHERE name = $1 AND last_tick = $2",
            name,
            clock.last,
            clock.now,
        )

    async def _forget(self) -> None:
        """Once in a process: a schedule that was removed and is restored begins again."""
        if not self._has_forgotten:
            await self._db.execute(
                "DELETE FROM jobs.schedule WHERE last_tick < now() - $1::interval", _FORGOTTEN_AFTER
            )
            self._has_forgotten = True

    async def _clocks(self, recurring: Iterable[Recurring]) -> dict[str, Clock]:
        """A new schedule begins now, even if another process has just added it."""
        rows = await self._db.fetch(
            """
            WITH added AS (
                INSERT INTO jobs.schedule (name, last_tick)
                SELECT name, now() FROM unnest($1::text[]) AS name
                ON CONFLICT (name) DO NOTHING
            )
            SELECT declared.name, coalesce(schedule.last_tick, now()), now()
            FROM unnest($1::text[]) AS declared (name)
            LEFT JOIN jobs.schedule ON schedule.name = declared.name
            """,
            [item.name for item in recurring],
        )
        return {name: Clock(last, now) for name, last, now in rows}

    async def _locked(self, name: str) -> Clock:
        row = await self._db.fetchrow(
            "SELECT last_tick, clock_timestamp() FROM jobs.schedule WHERE name = $1 FOR UPDATE",
            name,
        )
        return Clock(*row)

    async def _note(self, name: str, tick: datetime) -> None:
        await self._db.execute(
            "UPDATE jobs.schedule SET last_tick = $2 WHERE name = $1", name, tick
        )


def missed(every: Every, last: datetime, now: datetime) -> list[datetime]:
    """The ticks due since ``last``: all of the last hour, or else only the last one."""
    since = max(last, now - _CAUGHT_UP)
    recent = list(takewhile(lambda tick: tick <= now, every.after(since)))
    if recent:
        return recent
    latest = every.latest(now)
    return [latest] if latest > last else []
