"""The jobs that wait in the queue, and those claimed by a process that no longer exists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from BE.core.database.database import Database
from BE.core.durable.attempts import LEASE_ENDED_EACH_TIME
from BE.core.events.outbox import Outbox
from BE.core.jobs.shown import show_changed
from BE.core.types import record

NOT_DONE = "It could not be done, also not when it was tried again"
"""Why a job failed, for its owner: the cause is for the operator."""

_GIVEN = """
    SELECT kind, attempts, kept
    FROM unnest($1::text[], $2::integer[], $8::interval[]) AS given (kind, attempts, kept)
"""

_END_EXHAUSTED = f"""
    UPDATE jobs.job
    SET state = CASE WHEN cancel_asked_at IS NULL THEN 'failed' ELSE 'cancelled' END,
        claim = NULL, ended_at = now(),
        error = CASE WHEN cancel_asked_at IS NULL THEN '{NOT_DONE}' END,
        last_error = '{LEASE_ENDED_EACH_TIME}',
        expires_at = CASE WHEN cancel_asked_at IS NOT NULL THEN
            now() + (SELECT given.kept FROM given WHERE given.kind = job.kind)
        END
    WHERE id IN (
        SELECT j.id
        FROM given
        JOIN jobs.job AS j ON j.kind = given.kind
        WHERE j.state = 'running' AND j.due_at <= now()
            AND (j.attempts >= given.attempts OR j.cancel_asked_at IS NOT NULL)
        LIMIT 100
        FOR UPDATE OF j SKIP LOCKED
    )
    RETURNING id, owner_id
"""
"""Jobs without a process that have used up their attempts, or that were cancelled."""

_QUEUED = """
    SELECT due.id
    FROM given
    CROSS JOIN (VALUES (2), (1), (0)) AS level (priority)
    CROSS JOIN LATERAL (
        SELECT j.id, j.due_at
        FROM jobs.job AS j
        WHERE j.state = 'queued' AND j.kind = given.kind AND j.priority = level.priority
            AND j.due_at <= now()
        ORDER BY j.due_at, j.id
        LIMIT $3
        FOR UPDATE OF j SKIP LOCKED
    ) AS due
    ORDER BY level.priority DESC, due.due_at, due.id
    LIMIT $3
"""
"""The most urgent first, among these the one that has been due longest."""

_LOST = """
    SELECT lost.id
    FROM given
    CROSS JOIN LATERAL (
        SELECT j.id
        FROM jobs.job AS j
        WHERE j.state = 'running' AND j.kind = given.kind AND j.due_at <= now()
            AND j.attempts = 1 AND j.attempts < given.attempts AND j.cancel_asked_at IS NULL
        ORDER BY j.due_at
        LIMIT $3
        FOR UPDATE OF j SKIP LOCKED
    ) AS lost
    LIMIT $3
"""
"""Jobs whose first attempt had no outcome."""

_SUSPECTS = """
    SELECT lost.id
    FROM given
    CROSS JOIN LATERAL (
        SELECT j.id
        FROM jobs.job AS j
        WHERE j.state = 'running' AND j.kind = given.kind AND j.due_at <= now()
            AND j.attempts BETWEEN 2 AND given.attempts - 1 AND j.cancel_asked_at IS NULL
        ORDER BY j.due_at
        LIMIT $4
        FOR UPDATE OF j SKIP LOCKED
    ) AS lost
    LIMIT $4
"""
"""Jobs whose last attempt had no outcome and was not their first: they may kill a process."""

_ROOM = """(
    SELECT CASE WHEN $7::integer IS NULL THEN $3::integer ELSE least($3, $7 - count(*)) END
    FROM jobs.job
    WHERE state = 'running' AND kind = ANY($1::text[]) AND due_at > now() AND $7 IS NOT NULL
)"""
"""Jobs of the kind that run elsewhere take up room."""

_LEASE = f"""
    UPDATE jobs.job AS j
    SET state = 'running', claim = $5, attempts = j.attempts + 1, due_at = now() + $6::interval,
        started_at = coalesce(j.started_at, now()), progress = NULL, note = NULL
    WHERE j.id = ANY (ARRAY(
        SELECT id
        FROM (
            SELECT id FROM suspect UNION ALL SELECT id FROM lost UNION ALL SELECT id FROM queued
        ) AS chosen
        LIMIT greatest(0, {_ROOM})
    ))
    RETURNING j.id, j.kind, j.payload, j.owner_id, j.attempts, j.claim,
        j.id IN (SELECT id FROM suspect) AS is_suspect,
        j.request_id, j.client_ip, j.actor_id, j.api_key_id, j.trace
"""


@record
class Claimed:
    """A job that belongs to this process until its lease ends."""

    id: UUID
    kind: str
    payload: str
    owner_id: UUID | None
    attempts: int
    claim: UUID
    is_suspect: bool
    """Its last attempt had no outcome and was not its first: it may kill its process."""
    request_id: str | None
    client_ip: str | None
    actor_id: UUID | None
    api_key_id: UUID | None
    trace: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How many attempts its jobs have, and how long one that has ended is kept."""

    name: str
    attempts: int
    kept: timedelta


class JobQueue:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox

    async def take(
        self,
        kinds: Sequence[Kind],
        *,
        free: int,
        suspects: int,
        lease: timedelta,
        at_once: int | None = None,
    ) -> list[Claimed]:
        """Claim up to ``free`` jobs of these kinds.

        At most ``suspects`` of them may kill their process. If ``at_once`` limits a kind, call this
        in a transaction after :meth:`enter_queue_of`.
        """
        async with self._db.transaction():
            rows = await self._db.fetch(
                f"""
                WITH given AS ({_GIVEN}),
                    ended AS ({_END_EXHAUSTED}),
                    queued AS ({_QUEUED}),
                    lost AS ({_LOST}),
                    suspect AS ({_SUSPECTS}),
                    claimed AS ({_LEASE})
                SELECT id, kind, payload, owner_id, attempts, claim, is_suspect,
                    request_id, client_ip, actor_id, api_key_id, trace
                FROM claimed
                UNION ALL
                SELECT id, '', NULL, owner_id, 0, NULL, false, NULL, NULL, NULL, NULL, NULL
                FROM ended
                """,
                [kind.name for kind in kinds],
                [kind.attempts for kind in kinds],
                free,
                suspects,
                uuid4(),
                lease,
                at_once,
                [kind.kept for kind in kinds],
            )
            found = [Claimed(*row) for row in rows]
            await show_changed(self._outbox, found)
        return [job for job in found if job.claim is not None]

    async def enter_queue_of(self, kind: str) -> None:
        """Until the transaction ends, let no other process claim jobs of the kind."""
        await self._db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('jobs of ' || $1, 0))", kind
        )

    async def due_kinds(self, kinds: Collection[str]) -> list[str]:
        """Those of the kinds with claimable jobs, the most urgent first."""
        rows = await self._db.fetch(
            """
            SELECT given.kind
            FROM unnest($1::text[]) AS given (kind)
            CROSS JOIN LATERAL (
                (
                    SELECT level.priority, j.due_at
                    FROM (VALUES (2), (1), (0)) AS level (priority)
                    CROSS JOIN LATERAL (
                        SELECT due_at
                        FROM jobs.job
                        WHERE state = 'queued' AND kind = given.kind
                            AND priority = level.priority AND due_at <= now()
                        ORDER BY due_at
                        LIMIT 1
                    ) AS j
                    ORDER BY level.priority DESC
                    LIMIT 1
                )
                UNION ALL
                (
                    SELECT priority, due_at
                    FROM jobs.job
                    WHERE state = 'running' AND kind = given.kind AND due_at <= now()
                    ORDER BY due_at
                    LIMIT 1
                )
            ) AS due
            GROUP BY given.kind
            ORDER BY max(due.priority) DESC, min(due.due_at)
            """,
            list(kinds),
        )
        return [kind for (kind,) in rows]

    async def seconds_until_due(self, kinds: Collection[str]) -> float | None:
        """When the next job of the kinds can be claimed; ``None`` if there is none."""
        seconds: float | None = await self._db.fetchval(
            """
            SELECT extract(epoch FROM min(due_at) - now())::float
            FROM jobs.job
            WHERE state IN ('queued', 'running') AND kind = ANY($1)
            """,
            list(kinds),
        )
        return seconds

    async def unhandled(self, kinds: Collection[str]) -> list[tuple[str, int]]:
        """The other kinds with due jobs, and how many."""
        rows = await self._db.fetch(
            """
            SELECT kind, count(*)
            FROM jobs.job
            WHERE state = 'queued' AND due_at <= now() AND kind <> ALL ($1::text[])
            GROUP BY kind
            ORDER BY kind
            """,
            list(kinds),
        )
        return [(kind, count) for kind, count in rows]
