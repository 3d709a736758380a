"""Jobs for services: enqueued, and shown to their owners."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.context import current_request
from BE.core.database.database import Database
from BE.core.durable.codec import encode
from BE.core.events.outbox import Outbox
from BE.core.jobs.handlers import JobHandlers
from BE.core.jobs.job import LEVELS, Job, Priority, StoredJob
from BE.core.jobs.shown import show_changed, show_created
from BE.core.telemetry.tracing import current_trace
from BE.core.types import new_id

COLUMNS = """id, kind, owner_id, state, progress, note, result, error, created_at, started_at,
    ended_at, expires_at, cancel_asked_at"""

_ACTIVE = "state IN ('queued', 'running')"
_CANCEL = """
    state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    ended_at = CASE state WHEN 'queued' THEN now() END,
    expires_at = CASE state WHEN 'queued' THEN now() + coalesce(
        (
            SELECT given.kept
            FROM unnest($3::text[], $4::interval[]) AS given (kind, kept)
            WHERE given.kind = job.kind
        ),
        $5::interval
    ) END,
    cancel_asked_at = coalesce(cancel_asked_at, now())
"""
"""A queued job ends at once. A running one is asked to stop."""

_TRIES = 10
"""How often a key may be freed and taken again while a job with that key is enqueued."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    job: StoredJob
    is_new: bool
    """``False``: the key was taken, and this is the job that has it."""


class Jobs:
    def __init__(self, database: Database, outbox: Outbox, handlers: JobHandlers) -> None:
        self._db = database
        self.outbox = outbox
        self._handlers = handlers
        self.filled = asyncio.Event()
        """Set when this process has committed a job."""

    async def enqueue(
        self,
        job: Job,
        *,
        owner_id: UUID | None = None,
        run_at: datetime | None = None,
        key: str | None = None,
        priority: Priority = "normal",
    ) -> Enqueued:
        """Do the job if, and only if, the transaction commits, at once or from ``run_at`` on.

        ``owner_id`` is the user who sees and may cancel it. While a job of its kind with this
        ``key`` is queued or running, that one is returned and nothing is added.
        """
        if not self._db.in_transaction:
            raise RuntimeError("jobs are enqueued inside a transaction")
        for _ in range(_TRIES):
            added = await self._add(job, owner_id, run_at, key, priority)
            if added is not None:
                await show_created(self.outbox, added)
                self._db.after_commit(self.filled.set)
                return Enqueued(added, is_new=True)
            holder = await self._with_key(job.kind, key or "")
            if holder is not None:
                return Enqueued(holder, is_new=False)
        raise RuntimeError(f"the key {key} of {job.kind} changes hands too often")

    async def get(self, owner_id: UUID, job_id: UUID) -> StoredJob | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {COLUMNS}
            FROM jobs.job
            WHERE id = $1 AND owner_id = $2 AND (expires_at IS NULL OR expires_at > now())
            """,
            job_id,
            owner_id,
        )
        return StoredJob(*row) if row else None

    async def newest(
        self, owner_id: UUID, *, kind: str | None = None, before: UUID | None = None, limit: int
    ) -> list[StoredJob]:
        """Up to ``limit`` jobs of a user, with ids below ``before``, the newest first."""
        rows = await self._db.fetch(
            f"""
            SELECT {COLUMNS}
            FROM jobs.job
            WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > now())
                AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR id < $3)
            ORDER BY id DESC
            LIMIT $4
            """,
            owner_id,
            kind,
            before,
            limit,
        )
        return [StoredJob(*row) for row in rows]

    async def cancel(self, owner_id: UUID | None, job_id: UUID) -> bool:
        """Request the cancellation of a queued or running job of a user, or of no one.

        A queued one ends at once. Returns whether there is such a job.
        """
        async with self._db.transaction():
            row = await self._db.fetchrow(
                f"""
                UPDATE jobs.job
                SET {_CANCEL}
                WHERE id = $1 AND owner_id IS NOT DISTINCT FROM $2 AND {_ACTIVE}
                RETURNING {COLUMNS}
                """,
                job_id,
                owner_id,
                [handled.kind for handled in self._handlers.all],
                [handled.kept for handled in self._handlers.all],
                self._handlers.kept,
            )
            if row is not None:
                await show_changed(self.outbox, [StoredJob(*row)])
        return row is not None

    def kept_of(self, kind: str) -> timedelta:
        """How long a job of the kind that has ended is kept."""
        kept = (found.kept for found in self._handlers.all if found.kind == kind)
        return next(kept, self._handlers.kept)

    async def remove_all(self, owner_id: UUID) -> None:
        """Delete the jobs of a user. Running ones are stopped and can no longer be completed."""
        await self._db.execute("DELETE FROM jobs.job WHERE owner_id = $1", owner_id)

    async def _add(
        self,
        job: Job,
        owner_id: UUID | None,
        run_at: datetime | None,
        key: str | None,
        priority: Priority,
    ) -> StoredJob | None:
        """``None`` if the key is taken."""
        request = current_request()
        row = await self._db.fetchrow(
            f"""
            INSERT INTO jobs.job (
                id, kind, payload, owner_id, due_at, key, priority,
                request_id, client_ip, actor_id, api_key_id, trace
            )
            VALUES ($1, $2, $3, $4, coalesce($5, now()), $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (kind, key) WHERE key IS NOT NULL AND {_ACTIVE} DO NOTHING
            RETURNING {COLUMNS}
            """,
            new_id(),
            job.kind,
            encode(job),
            owner_id,
            run_at,
            key,
            LEVELS[priority],
            request and request.request_id,
            request and request.client_ip,
            request and request.actor_id,
            request and request.api_key_id,
            current_trace(),
        )
        return StoredJob(*row) if row else None

    async def _with_key(self, kind: str, key: str) -> StoredJob | None:
        row = await self._db.fetchrow(
            f"SELECT {COLUMNS} FROM jobs.job WHERE kind = $1 AND key = $2 AND {_ACTIVE}",
            kind,
            key,
        )
        return StoredJob(*row) if row else None
