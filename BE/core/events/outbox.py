"""Durable deliveries, one row per event and handler, from their publication to their end."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from BE.core.database.database import Database
from BE.core.events.codec import encode
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.types import record

# looked up for one delivery at a time, as all of the claim's events are: joined, the planner may
# read the whole of events.event
_TYPE = """(
    SELECT e.name || '@' || e.version FROM events.event AS e WHERE e.id = d.event_id
)"""
# begins with its neighbour, by an OFFSET that keeps the order: before the first lie dead rows
_IS_FIRST = """(d.key IS NULL OR NOT EXISTS (
    SELECT
    FROM events.delivery AS earlier
    WHERE earlier.handler = d.handler AND earlier.key = d.key
        AND earlier.state = 'pending' AND earlier.id < d.id
    ORDER BY earlier.id DESC
    OFFSET 0
))"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that is published, and who is to hear of it."""

    envelope: Envelope[Event]
    key: str | None
    handlers: list[str]


@record
class Claimed:
    """A delivery that is ours until its lease ends."""

    event: StoredEvent
    id: int
    handler: str
    key: str | None
    attempts: int
    claim: UUID
    is_suspect: bool
    """Whoever ran it last did not live to tell, nor was that the first attempt."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Deliveries for ``handler`` of events of one type (``None``: all).

    Up to ``free`` of them may be taken, each with its share of the ``followers`` of its key.
    """

    handler: str
    type_name: str | None
    free: int
    followers: int


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and how long until the next attempt: a time from zero to a bound (full jitter).

    The bound is ``first`` after the first attempt, four times as much after each further one, and
    never more than ``longest``.
    """

    attempts: int = 10
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)


class Outbox:
    def __init__(self, database: Database) -> None:
        self._db = database
        self.filled = asyncio.Event()
        """Set when this process has committed something to deliver."""

    async def add(
        self, outgoing: Collection[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        """Write the events and their deliveries, due at ``when`` or after that time."""
        at, delay = (None, when) if isinstance(when, timedelta) else (when, timedelta(0))
        envelopes = [each.envelope for each in outgoing]
        deliveries = [
            (each.envelope.id, handler, each.key) for each in outgoing for handler in each.handlers
        ]
        await self._db.execute(
            """
            WITH event AS (
                INSERT INTO events.event (
                    id, name, version, payload, occurred_at, actor_id, request_id, client_ip, trace
                )
                SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::integer[]),
                    unnest($4::jsonb[]), unnest($5::timestamptz[]), unnest($6::uuid[]),
                    unnest($7::text[]), unnest($8::text[]), unnest($9::jsonb[])
            )
            INSERT INTO events.delivery (event_id, handler, key, due_at)
            SELECT unnest($10::uuid[]), unnest($11::text[]), unnest($12::text[]),
                coalesce($13, now()) + $14::interval
            """,
            [each.id for each in envelopes],
            [each.event.name for each in envelopes],
            [each.event.version for each in envelopes],
            [encode(each.event) for each in envelopes],
            [each.occurred_at for each in envelopes],
            [each.actor_id for each in envelopes],
            [each.request_id for each in envelopes],
            [each.client_ip for each in envelopes],
            [each.trace for each in envelopes],
            [event_id for event_id, _, _ in deliveries],
            [handler for _, handler, _ in deliveries],
            [key for _, _, key in deliveries],
            at,
            delay,
        )
        self._db.after_commit(self.filled.set)

    async def claim(
        self, lanes: Collection[Lane], *, suspects: int, lease: timedelta, retries: Retries
    ) -> list[Claimed]:
        """Take what is due, and count the attempt.

        What is behind another one of its key, by id, is taken only together with that.
        A delivery whose last claim ended without a word may have killed its process: it gets a
        second attempt like any other, then only ``suspects`` of those are taken, and one that has
        used up its attempts is dead.
        """
        rows = await self._db.fetch(
            f"""
            WITH exhausted AS (
                UPDATE events.delivery
                SET state = 'dead', claim = NULL, finished_at = now(),
                    last_error = 'The process ended, or did not answer, each time it ran this'
                WHERE id IN (
                    SELECT id
                    FROM events.delivery
                    WHERE state = 'pending' AND claim IS NOT NULL AND due_at <= now()
                        AND attempts >= $8
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                )
            ), lane AS (
                SELECT handler, type, free, followers
                FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
                    AS given (handler, type, free, followers)
            ), fresh AS (
                SELECT due.id, due.key, lane.handler, lane.type, lane.followers
                FROM lane
                CROSS JOIN LATERAL (
                    SELECT d.id, d.key
                    FROM events.delivery AS d
                    WHERE d.state = 'pending' AND (d.claim IS NULL OR d.attempts = 1)
                        AND d.due_at <= now() AND d.handler = lane.handler
                        AND (lane.type IS NULL OR lane.type = {_TYPE})
                        AND {_IS_FIRST}
                    ORDER BY d.due_at, d.id
                    LIMIT lane.free
                    FOR UPDATE OF d SKIP LOCKED
                ) AS due
            ), follower AS ( -- nobody else can take these: the first of their key is locked
                SELECT behind.id
                FROM fresh
                CROSS JOIN LATERAL (
                    SELECT d.id, bool_and(
                        (d.claim IS NULL OR d.attempts = 1) AND d.due_at <= now()
                        AND (fresh.type IS NULL OR fresh.type = {_TYPE})
                    ) OVER (ORDER BY d.id) AS without_gap
                    FROM events.delivery AS d
                    WHERE d.handler = fresh.handler AND d.key = fresh.key
                        AND d.state = 'pending' AND d.id > fresh.id
                    ORDER BY d.id
                    LIMIT fresh.followers / (SELECT count(*) FROM fresh)
                ) AS behind
                WHERE behind.without_gap
            ), suspect AS (
                SELECT d.id
                FROM events.delivery AS d
                WHERE d.state = 'pending' AND d.claim IS NOT NULL AND d.due_at <= now()
                    AND d.attempts BETWEEN 2 AND $8 - 1
                    AND EXISTS (
                        SELECT
                        FROM lane
                        WHERE lane.handler = d.handler
                            AND (lane.type IS NULL OR lane.type = {_TYPE})
                    )
                    AND {_IS_FIRST}
                ORDER BY d.due_at, d.id
                LIMIT $5
                FOR UPDATE OF d SKIP LOCKED
            ), claimed AS (
                UPDATE events.delivery AS d
                SET claim = $6, attempts = d.attempts + 1, due_at = now() + $7::interval
                WHERE d.id = ANY (ARRAY(
                    SELECT id FROM fresh
                    UNION ALL SELECT id FROM follower
                    UNION ALL SELECT id FROM suspect
                ))
                RETURNING d.id, d.event_id, d.handler, d.key, d.attempts, d.claim,
                    d.id IN (SELECT id FROM suspect) AS is_suspect
            )
            SELECT d.id, d.handler, d.key, d.attempts, d.claim, d.is_suspect,
                e.id, e.name, e.version, e.payload, e.occurred_at, e.actor_id, e.request_id,
                e.client_ip, e.trace
            FROM claimed AS d
            CROSS JOIN LATERAL (
                SELECT * FROM events.event WHERE event.id = d.event_id OFFSET 0 -- one at a time
            ) AS e
            """,
            [lane.handler for lane in lanes],
            [lane.type_name for lane in lanes],
            [lane.free for lane in lanes],
            [lane.followers for lane in lanes],
            suspects,
            uuid4(),
            lease,
            retries.attempts,
        )
        claimed = [Claimed(StoredEvent(*row[6:]), *row[:6]) for row in rows]
        return sorted(claimed, key=lambda each: each.id)

    async def acknowledge(self, claimed: Collection[Claimed]) -> bool:
        """Mark as done; ``False`` when a lease has ended and somebody else may have run it."""
        rows = await self._db.fetch(
            """
            UPDATE events.delivery AS d
            SET state = 'done', claim = NULL, finished_at = now(), last_error = NULL
            FROM unnest($1::bigint[], $2::uuid[]) AS given (id, claim)
            WHERE d.id = given.id AND d.claim = given.claim AND d.state = 'pending'
            RETURNING d.id
            """,
            [each.id for each in claimed],
            [each.claim for each in claimed],
        )
        return len(rows) == len(claimed)

    async def fail(self, claimed: Claimed, error: str, retries: Retries) -> str | None:
        """Note the failure and when to try again, if at all; the state, ``None`` as above."""
        state: str | None = await self._db.fetchval(
            """
            UPDATE events.delivery
            SET claim = NULL,
                last_error = $3,
                state = CASE WHEN attempts >= $4 THEN 'dead' ELSE 'pending' END,
                finished_at = CASE WHEN attempts >= $4 THEN now() END,
                due_at = now() + random() * least(
                    $5::interval * 4 ^ least(attempts - 1, 30), $6::interval
                )
            WHERE id = $1 AND claim = $2 AND state = 'pending'
            RETURNING state
            """,
            claimed.id,
            claimed.claim,
            error,
            retries.attempts,
            retries.first,
            retries.longest,
        )
        return state

    async def give_back(self, claimed: Collection[Claimed]) -> None:
        """Let somebody else run these, now, as if they had not been taken."""
        await self._db.execute(
            """
            UPDATE events.delivery AS d
            SET claim = NULL, due_at = now(), attempts = d.attempts - 1
            FROM unnest($1::bigint[], $2::uuid[]) AS given (id, claim)
            WHERE d.id = given.id AND d.claim = given.claim AND d.state = 'pending'
            """,
            [each.id for each in claimed],
            [each.claim for each in claimed],
        )

    async def tick_hour(self, name: str, version: int, handlers: list[str]) -> float:
        """Write the event of the current hour unless it is there.

        Returns the seconds until the next hour, by the database's clock. The event's id is made of
        its time, so that any number of processes write it once.
        """
        row = await self._db.fetchrow(
            """
            WITH tick AS (
                SELECT md5($1 || ' ' || extract(epoch FROM began))::uuid AS id, began
                FROM date_trunc('hour', now(), 'UTC') AS began
            ), event AS (
                INSERT INTO events.event (id, name, version, payload, occurred_at)
                SELECT id, $1, $2, jsonb_build_object('began_at', began), began
                FROM tick
                ON CONFLICT (id) DO NOTHING
                RETURNING id
            ), delivery AS (
                INSERT INTO events.delivery (event_id, handler)
                SELECT event.id, handler
                FROM event, unnest($3::text[]) AS handler
            )
            SELECT EXISTS (SELECT FROM event),
                extract(epoch FROM began + '1 hour' - now())::float
            FROM tick
            """,
            name,
            version,
            handlers,
        )
        is_written, seconds = row
        if is_written:
            self._db.after_commit(self.filled.set)
        return float(seconds)
