"""Replays events from before a handler subscribed to that handler."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from BE.core.database.database import Database
from BE.core.events.bus import Backfill, Delivery, EventBus, Subscription
from BE.core.events.event import Envelope
from BE.core.events.outbox import Outbox, Outgoing
from BE.core.events.schedule import HourPassed
from BE.core.exceptions import ConflictError, NotFoundError

type Source = Literal["tables", "kept events"]
"""A context backfills from its tables, whatever the age; events are stored for some days."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownHandler(NotFoundError):
    """No handler has this name"""


class NotReplayable(ConflictError):
    """Earlier events cannot be replayed to this handler"""


class _DryRun(Exception):
    """Rolls back the counted deliveries."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events of a type a handler gets."""

    type_name: str
    source: Source
    found: int
    had_already: int

    @property
    def added(self) -> int:
        return self.found - self.had_already


class Replay:
    """Adds deliveries for a handler that subscribed after events had happened.

    Of a type with a backfill (:meth:`EventBus.add_backfill`) it gets all, whatever their age; of
    other types the events that are still stored. Where it already has a delivery, it gets no second
    one.
    """

    def __init__(self, database: Database, outbox: Outbox, bus: EventBus) -> None:
        self._db = database
        self._outbox = outbox
        self._bus = bus

    def reaches_outside(self, handler: str) -> bool:
        """Whether it runs outside a transaction. Raises like :meth:`replay`."""
        return any(
            subscription.delivery is Delivery.DURABLE_OUTSIDE
            for subscription in self._subscriptions(handler)
        )

    async def replay(
        self, handler: str, *, since: datetime = BEGINNING, dry_run: bool = False
    ) -> list[Replayed]:
        """Raises :class:`UnknownHandler`, :class:`NotReplayable`."""
        replayed: list[Replayed] = []
        for subscription in self._subscriptions(handler):
            backfill = self._bus.backfill_of(subscription.event_type)
            async with self._undone_if(dry_run):
                if backfill is None:
                    replayed += await self._repeat(subscription, since)
                else:
                    replayed.append(await self._backfill(subscription, backfill, since))
        return replayed

    @asynccontextmanager
    async def _undone_if(self, dry_run: bool) -> AsyncIterator[None]:  # noqa: FBT001 - reads as said
        with suppress(_DryRun):
            async with self._db.transaction():
                yield
                if dry_run:
                    raise _DryRun

    def _subscriptions(self, handler: str) -> list[Subscription]:
        named = [found for found in self._bus.subscribed if found.name == handler]
        if not named:
            names = sorted({found.name for found in self._bus.durable})
            raise UnknownHandler(f"No handler is called {handler}: there are {', '.join(names)}")
        durable = [
            found
            for found in named
            if found in self._bus.durable and found.event_type is not HourPassed
        ]
        if not durable:
            raise NotReplayable(
                f"{handler} runs in the transactions of publishers, or by the clock: to replay"
                " earlier events to it, subscribe it durably too, under a name of its own"
            )
        return durable

    async def _repeat(self, subscription: Subscription, since: datetime) -> list[Replayed]:
        """Deliver the stored events, in the order in which they happened."""
        handler, type_name = subscription.lane
        rows = await self._db.fetch(
            """
            WITH found AS (
                SELECT e.id, e.name || '@' || e.version AS type, e.occurred_at, first.key,
                    CASE first.attempts WHEN 0 THEN first.due_at ELSE now() END AS due_at
                FROM events.event AS e
                CROSS JOIN LATERAL (
                    SELECT d.key, d.attempts, d.due_at
                    FROM events.delivery AS d
                    WHERE d.event_id = e.id
                    ORDER BY d.id
                    LIMIT 1
                ) AS first
                WHERE e.occurred_at >= $3 AND e.name <> $4
                    AND ($2::text IS NULL OR e.name || '@' || e.version = $2)
            ), added AS (
                INSERT INTO events.delivery (event_id, handler, key, due_at)
                SELECT id, $1, key, due_at
                FROM found
                ORDER BY occurred_at, id
                ON CONFLICT (event_id, handler) DO NOTHING
                RETURNING event_id
            )
            SELECT type, count(*), count(*) - count(added.event_id)
            FROM found
            LEFT JOIN added ON added.event_id = found.id
            GROUP BY type
            ORDER BY type
            """,
            handler,
            type_name,
            since,
            HourPassed.name,
        )
        self._db.after_commit(self._outbox.filled.set)
        found = [Replayed(name, "kept events", count, had) for name, count, had in rows]
        return found or [Replayed(type_name or "every event", "kept events", 0, 0)]

    async def _backfill(
        self, subscription: Subscription, backfill: Backfill[Any], since: datetime
    ) -> Replayed:
        """Publish to this handler alone what a context reads from its tables."""
        found = had_already = 0
        async for batch in self._read(subscription, backfill, since):
            found += len(batch)
            missing = [outgoing for outgoing, is_had in batch if not is_had]
            had_already += len(batch) - len(missing)
            if missing:
                await self._outbox.add(missing)
        return Replayed(subscription.lane[1] or "", "tables", found, had_already)

    async def _read(
        self, subscription: Subscription, backfill: Backfill[Any], since: datetime
    ) -> AsyncIterator[list[tuple[Outgoing, bool]]]:
        """In batches: each event, and whether the handler already has one about its subject."""
        subject = f"{backfill.event_type.name.partition('.')[0]}_id"
        had = await self._had(subscription, subject)
        async for batch in backfill.read(since):
            yield [
                (
                    Outgoing(
                        Envelope(event=event, occurred_at=moment),
                        event.order_key,
                        [subscription.name],
                    ),
                    str(getattr(event, subject)) in had,
                )
                for moment, event in batch
            ]

    async def _had(self, subscription: Subscription, subject: str) -> set[str]:
        """The subjects for which the handler has a delivery."""
        rows = await self._db.fetch(
            """
            SELECT e.payload ->> $3::text
            FROM events.event AS e
            JOIN events.delivery AS d ON d.event_id = e.id
            WHERE d.handler = $1 AND e.name || '@' || e.version = $2
            """,
            *subscription.lane,
            subject,
        )
        return {about for (about,) in rows}
