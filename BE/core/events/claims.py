"""A process's claims on deliveries: leased, then acknowledged or failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from BE.core.database.database import Database
from BE.core.durable.attempts import LEASE_ENDED_EACH_TIME
from BE.core.durable.retries import Retries, wait_after
from BE.core.events.event import StoredEvent
from BE.core.types import record

# a subquery for each delivery: with a join, the planner may read the whole of events.event
_TYPE = """(
    SELECT e.name || '@' || e.version FROM events.event AS e WHERE e.id = d.event_id
)"""

# whether no earlier delivery of its key is pending; the OFFSET makes the scan begin with the
# nearest one: before the first there are dead rows
_IS_FIRST = """(d.key IS NULL OR NOT EXISTS (
    SELECT
    FROM events.delivery AS earlier
    WHERE earlier.handler = d.handler AND earlier.key = d.key
        AND earlier.state = 'pending' AND earlier.id < d.id
    ORDER BY earlier.id DESC
    OFFSET 0
))"""

_LANES = """
    SELECT handler, type, free, followers
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
        AS given (handler, type, free, followers)
"""

_BURY_EXHAUSTED = f"""
    UPDATE events.delivery
    SET state = 'dead', claim = NULL, finished_at = now(),
        last_error = '{LEASE_ENDED_EACH_TIME}'
    WHERE id IN (
        SELECT id
        FROM events.delivery
        WHERE state = 'pending' AND claim IS NOT NULL AND due_at <= now()
            AND attempts >= $8
        LIMIT 100
        FOR UPDATE SKIP LOCKED
    )
"""
"""Deliveries that have used up their attempts, the last without an outcome."""

_FIRST_OF_THEIR_KEY = f"""
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
"""
"""For each lane, up to its ``free`` places."""

_FOLLOWERS = f"""
    -- needs no lock: the first of the key is locked, and no process takes these without it
    SELECT behind.id
    FROM first
    CROSS JOIN LATERAL (
        SELECT d.id, bool_and(
            (d.claim IS NULL OR d.attempts = 1) AND d.due_at <= now()
            AND (first.type IS NULL OR first.type = {_TYPE})
        ) OVER (ORDER BY d.id) AS without_gap
        FROM events.delivery AS d
        WHERE d.handler = first.handler AND d.key = first.key
            AND d.state = 'pending' AND d.id > first.id
        ORDER BY d.id
        LIMIT first.followers / (SELECT count(*) FROM first)
    ) AS behind
    WHERE behind.without_gap
"""
"""Deliveries that directly follow a first one and are also due."""

_SUSPECTS = f"""
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
"""
"""Deliveries whose last attempt had no outcome and was not their first."""

_LEASE = """
    UPDATE events.delivery AS d
    SET claim = $6, attempts = d.attempts + 1, due_at = now() + $7::interval
    WHERE d.id = ANY (ARRAY(
        SELECT id FROM first
        UNION ALL SELECT id FROM follower
        UNION ALL SELECT id FROM suspect
    ))
    RETURNING d.id, d.event_id, d.handler, d.key, d.attempts, d.claim,
        d.id IN (SELECT id FROM suspect) AS is_suspect
"""

_WAIT = wait_after("attempts", first="$5", longest="$6")


@record
class Claimed:
    """A delivery that belongs to this process until its lease ends."""

    event: StoredEvent
    id: int
    handler: str
    key: str | None
    attempts: int
    claim: UUID
    is_suspect: bool
    """Its last attempt had no outcome and was not its first: it may kill its process."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Deliveries for ``handler`` of events of one type (``None``: all).

    Up to ``free`` keys may be claimed, and up to ``followers`` deliveries behind the first of each
    key, shared evenly among them.
    """

    handler: str
    type_name: str | None
    free: int
    followers: int


class Claims:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def take(
        self, lanes: Collection[Lane], *, suspects: int, lease: timedelta, retries: Retries
    ) -> list[Claimed]:
        """Lease deliveries that are due, and count the attempt; in order of id.

        A delivery is claimed only with all earlier pending ones of its key. If a lease ended
        without an outcome, the delivery may have killed its process. It gets a second attempt like
        any other; then it is a suspect, of which at most ``suspects`` are claimed; once its
        attempts are used up, it is dead.
        """
        rows = await self._db.fetch(
            f"""
            WITH exhausted AS ({_BURY_EXHAUSTED}),
                lane AS ({_LANES}),
                first AS ({_FIRST_OF_THEIR_KEY}),
                follower AS ({_FOLLOWERS}),
                suspect AS ({_SUSPECTS}),
                claimed AS ({_LEASE})
            SELECT d.id, d.handler, d.key, d.attempts, d.claim, d.is_suspect,
                e.id, e.name, e.version, e.payload, e.occurred_at, e.actor_id, e.request_id,
                e.client_ip, e.trace, e.api_key_id
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
        return sorted(claimed, key=lambda delivery: delivery.id)

    async def seconds_until_due(self, handlers: Collection[str]) -> float | None:
        """When the next pending delivery of the handlers is due; ``None`` if none is pending."""
        seconds: float | None = await self._db.fetchval(
            """
            SELECT extract(epoch FROM min(due_at) - now())::float
            FROM events.delivery
            WHERE state = 'pending' AND handler = ANY($1)
            """,
            list(handlers),
        )
        return seconds

    async def acknowledge(self, deliveries: Collection[Claimed]) -> bool:
        """Mark as done; ``False`` if a lease has ended and another process may have run it."""
        rows = await self._db.fetch(
            """
            UPDATE events.delivery AS d
            SET state = 'done', claim = NULL, finished_at = now(), last_error = NULL
            FROM unnest($1::bigint[], $2::uuid[]) AS given (id, claim)
            WHERE d.id = given.id AND d.claim = given.claim AND d.state = 'pending'
            RETURNING d.id
            """,
            [delivery.id for delivery in deliveries],
            [delivery.claim for delivery in deliveries],
        )
        return len(rows) == len(deliveries)

    async def fail(self, delivery: Claimed, error: str, retries: Retries) -> str | None:
        """Record the error and when to retry, if at all.

        Returns the new state, or ``None`` if the lease has ended.
        """
        state: str | None = await self._db.fetchval(
            f"""
            UPDATE events.delivery
            SET claim = NULL,
                last_error = $3,
                state = CASE WHEN attempts >= $4 THEN 'dead' ELSE 'pending' END,
                finished_at = CASE WHEN attempts >= $4 THEN now() END,
                due_at = now() + {_WAIT}
            WHERE id = $1 AND claim = $2 AND state = 'pending'
            RETURNING state
            """,
            delivery.id,
            delivery.claim,
            error,
            retries.attempts,
            retries.first,
            retries.longest,
        )
        return state

    async def give_back(self, deliveries: Collection[Claimed]) -> None:
        """Let any process claim these at once, as if they had not been claimed."""
        await self._db.execute(
            """
            UPDATE events.delivery AS d
            SET claim = NULL, due_at = now(), attempts = d.attempts - 1
            FROM unnest($1::bigint[], $2::uuid[]) AS given (id, claim)
            WHERE d.id = given.id AND d.claim = given.claim AND d.state = 'pending'
            """,
            [delivery.id for delivery in deliveries],
            [delivery.claim for delivery in deliveries],
        )
