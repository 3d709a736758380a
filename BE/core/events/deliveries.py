"""Durable deliveries for an operator: the backlog, dead letters, retries and purges."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events.bus import EventBus
from BE.core.events.event import Event
from BE.core.events.outbox import Outbox
from BE.core.events.schedule import HourPassed
from BE.core.exceptions import ConflictError, NotFoundError
from BE.core.types import record

type State = Literal["pending", "done", "dead"]
type Unfinished = Literal["pending", "dead"]
type Finished = Literal["done", "dead"]

_PURGED_AT_ONCE = 1000
_COLUMNS = """d.id, d.event_id, e.name, e.version, d.handler, d.key, d.state, d.attempts,
    d.last_error, e.occurred_at, d.due_at, d.finished_at"""


class DeliveryNotFound(NotFoundError):
    """There is no such delivery"""


class DeliveryNotDead(ConflictError):
    """This delivery is not dead, so there is nothing to retry"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(Event):
    """Dead deliveries are pending again: one, all of ``handler``, or all."""

    name = "delivery.retried"

    delivery_id: int | None
    handler: str | None
    retried: int


@record
class StoredDelivery:
    id: int
    event_id: UUID
    event_name: str
    event_version: int
    handler: str
    key: str | None
    state: State
    attempts: int
    last_error: str | None
    occurred_at: datetime
    due_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The payload of a delivery's event, and the request that published it."""

    payload: str
    actor_id: UUID | None
    request_id: str | None
    client_ip: str | None
    api_key_id: UUID | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """``overdue`` is how long the oldest pending delivery has been due."""

    pending: int
    dead: int
    overdue: timedelta


@dataclass(frozen=True, slots=True)
class Unhandled:
    handler: str
    type_name: str
    pending: int


class Deliveries:
    def __init__(
        self, database: Database, outbox: Outbox, events: EventBus, *, kept: timedelta
    ) -> None:
        """Finished deliveries are deleted after ``kept``."""
        self._db = database
        self._outbox = outbox
        self._events = events
        self._kept = kept

    async def backlog(self) -> Backlog:
        row = await self._db.fetchrow(
            """
            SELECT (SELECT count(*) FROM events.delivery WHERE state = 'pending'),
                (SELECT count(*) FROM events.delivery WHERE state = 'dead'),
                greatest('0 s', (
                    SELECT now() - min(due_at)
                    FROM events.delivery
                    WHERE state = 'pending'
                ))
            """
        )
        return Backlog(*row)

    async def unhandled(self, lanes: Collection[tuple[str, str | None]]) -> list[Unhandled]:
        """Due deliveries that are in none of the ``lanes`` (a handler, a type of event)."""
        rows = await self._db.fetch(
            """
            SELECT d.handler, e.name || '@' || e.version AS type_name, count(*)
            FROM events.delivery AS d
            JOIN events.event AS e ON e.id = d.event_id
            WHERE d.state = 'pending' AND d.due_at <= now() AND NOT EXISTS (
                SELECT
                FROM unnest($1::text[], $2::text[]) AS lane (handler, type)
                WHERE lane.handler = d.handler
                    AND (lane.type IS NULL OR lane.type = e.name || '@' || e.version)
            )
            GROUP BY d.handler, type_name
            ORDER BY d.handler, type_name
            """,
            [handler for handler, _ in lanes],
            [type_name for _, type_name in lanes],
        )
        return [Unhandled(*row) for row in rows]

    async def newest(
        self,
        state: Unfinished | None = None,
        *,
        before: int | None = None,
        limit: int,
    ) -> list[StoredDelivery]:
        """Up to ``limit`` unfinished deliveries with ids below ``before``, newest first."""
        rows = await self._db.fetch(
            f"""
            WITH unfinished AS (
                SELECT id FROM events.delivery WHERE state = 'pending' AND $1 IN ('pending', '')
                UNION ALL
                SELECT id FROM events.delivery WHERE state = 'dead' AND $1 IN ('dead', '')
            )
            SELECT {_COLUMNS}
            FROM events.delivery AS d
            JOIN events.event AS e ON e.id = d.event_id
            WHERE d.id IN (
                SELECT id
                FROM unfinished
                WHERE $2::bigint IS NULL OR id < $2
                ORDER BY id DESC
                LIMIT $3
            )
            ORDER BY d.id DESC
            """,
            state or "",
            before,
            limit,
        )
        return [StoredDelivery(*row) for row in rows]

    async def get(self, delivery_id: int) -> tuple[StoredDelivery, Circumstances] | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_COLUMNS}, e.payload, e.actor_id, e.request_id, e.client_ip, e.api_key_id
            FROM events.delivery AS d
            JOIN events.event AS e ON e.id = d.event_id
            WHERE d.id = $1
            """,
            delivery_id,
        )
        if row is None:
            return None
        return StoredDelivery(*row[:-5]), Circumstances(*row[-5:])

    async def retry(self, delivery_id: int) -> None:
        """Make a dead delivery pending again, with all its attempts.

        Raises :class:`DeliveryNotFound`, :class:`DeliveryNotDead`.
        """
        if not await self._retry(delivery_id, None):
            if await self.get(delivery_id) is None:
                raise DeliveryNotFound
            raise DeliveryNotDead

    async def retry_all(self, handler: str | None = None) -> int:
        """Make all dead deliveries, or those of a handler, pending again; return how many."""
        return await self._retry(None, handler)

    async def purge(self, older_than: timedelta, state: Finished = "done") -> int:
        """Delete deliveries that finished before ``older_than``, and their events; count them."""
        purged = 0
        while batch := await self._purge(older_than, state):
            purged += batch
        return purged

    async def on_hour_passed(self, _: HourPassed) -> None:
        await self.purge(self._kept)

    async def _retry(self, delivery_id: int | None, handler: str | None) -> int:
        async with self._db.transaction():
            retried = await self._revive(delivery_id, handler)
            if retried:
                await self._events.publish(
                    DeliveryRetried(delivery_id=delivery_id, handler=handler, retried=retried)
                )
        return retried

    async def _revive(self, delivery_id: int | None, handler: str | None) -> int:
        retried: int = await self._db.fetchval(
            """
            WITH retried AS (
                UPDATE events.delivery
                SET state = 'pending', attempts = 0, due_at = now(), finished_at = NULL
                WHERE state = 'dead' AND ($1::bigint IS NULL OR id = $1)
                    AND ($2::text IS NULL OR handler = $2)
                RETURNING id
            )
            SELECT count(*) FROM retried
            """,
            delivery_id,
            handler,
        )
        self._db.after_commit(self._outbox.filled.set)
        return retried

    async def _purge(self, older_than: timedelta, state: Finished) -> int:
        """Delete one batch, so that no statement takes long."""
        purged: int = await self._db.fetchval(
            """
            WITH purged AS (
                DELETE FROM events.delivery
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM events.delivery
                    WHERE state = $2 AND finished_at <= now() - $1::interval
                    ORDER BY finished_at
                    LIMIT $3
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id, event_id
            ), emptied AS (
                DELETE FROM events.event AS e
                USING (SELECT DISTINCT event_id FROM purged) AS p
                WHERE e.id = p.event_id AND NOT EXISTS (
                    SELECT
                    FROM events.delivery AS d
                    WHERE d.event_id = e.id AND d.id NOT IN (SELECT id FROM purged)
                )
            )
            SELECT count(*) FROM purged
            """,
            older_than,
            state,
            _PURGED_AT_ONCE,
        )
        return purged
