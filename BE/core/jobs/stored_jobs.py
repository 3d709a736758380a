"""All jobs, for operators: those that failed or are stuck, and the purge."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.core.exceptions import ConflictError, NotFoundError, UniqueViolationError
from BE.core.jobs.job import JobState
from BE.core.jobs.jobs import Jobs
from BE.core.jobs.shown import show_changed
from BE.core.types import record

_PURGED_AT_ONCE = 1000
_TRIES = 10
_STUCK = timedelta(minutes=5)
_COLUMNS = """id, kind, owner_id, key, priority, state, attempts, progress, note, error, last_error,
    cancel_asked_at, due_at, created_at, started_at, ended_at"""


class JobNotFound(NotFoundError):
    """There is no such job"""


class JobNotFailed(ConflictError):
    """This job has not failed, so there is nothing to retry"""


class JobKeyTaken(ConflictError):
    """Another job with the key of this one is queued or running"""


@record
class Revived:
    id: UUID
    owner_id: UUID | None


@record
class JobInFull:
    """A job with the fields that only an operator sees."""

    id: UUID
    kind: str
    owner_id: UUID | None
    key: str | None
    priority: int
    state: JobState
    attempts: int
    progress: float | None
    note: str | None
    error: str | None
    last_error: str | None
    cancel_asked_at: datetime | None
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobBacklog:
    """``overdue`` is how long the oldest queued job has been due; ``dead`` used up its attempts."""

    queued: int
    running: int
    dead: int
    overdue: timedelta


class StoredJobs:
    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._db = database
        self._jobs = jobs

    async def backlog(self) -> JobBacklog:
        row = await self._db.fetchrow(
            """
            SELECT (SELECT count(*) FROM jobs.job WHERE state = 'queued'),
                (SELECT count(*) FROM jobs.job WHERE state = 'running'),
                (SELECT count(*) FROM jobs.job WHERE state = 'failed' AND expires_at IS NULL),
                greatest('0 s', (
                    SELECT now() - min(due_at)
                    FROM jobs.job
                    WHERE state IN ('queued', 'running')
                ))
            """
        )
        return JobBacklog(*row)

    async def examine(self) -> str:
        """Raises :class:`RuntimeError` for jobs that failed, or that no process takes."""
        async with self._db:
            backlog = await self.backlog()
        if backlog.dead:
            raise RuntimeError(
                f"{backlog.dead} jobs used up their attempts: `manage.py jobs list --state failed`."
            )
        if backlog.overdue > _STUCK:
            raise RuntimeError(
                "Jobs wait for more than five minutes: let a process work on them, by `manage.py"
                " work` or without RUN_JOBS=false."
            )
        return f"{backlog.queued} are queued, {backlog.running} run, none has failed."

    async def newest(self, state: JobState | None = None, *, limit: int) -> list[JobInFull]:
        """Up to ``limit`` jobs of any owner; without a state, those that are not done."""
        rows = await self._db.fetch(
            f"""
            WITH found AS (
                SELECT id FROM jobs.job WHERE state = 'queued' AND $1 IN ('queued', '')
                UNION ALL
                SELECT id FROM jobs.job WHERE state = 'running' AND $1 IN ('running', '')
                UNION ALL
                SELECT id
                FROM jobs.job
                WHERE state = 'failed' AND expires_at IS NULL AND $1 IN ('failed', '')
            )
            SELECT {_COLUMNS}
            FROM jobs.job
            WHERE id IN (SELECT id FROM found ORDER BY id DESC LIMIT $2)
            ORDER BY id DESC
            """,
            state or "",
            limit,
        )
        return [JobInFull(*row) for row in rows]

    async def get(self, job_id: UUID) -> JobInFull:
        """Raises :class:`JobNotFound`."""
        row = await self._db.fetchrow(f"SELECT {_COLUMNS} FROM jobs.job WHERE id = $1", job_id)
        if row is None:
            raise JobNotFound
        return JobInFull(*row)

    async def cancel(self, job_id: UUID) -> JobInFull:
        """Request the cancellation of a job; one without attempts left becomes due for deletion.

        Any other that has ended stays as it is. Raises :class:`JobNotFound`.
        """
        job = await self.get(job_id)
        if not await self._jobs.cancel(job.owner_id, job_id):
            await self._dispose(job)
        return await self.get(job_id)

    async def retry(self, job_id: UUID) -> None:
        """Queue a failed job again, with all its attempts.

        Raises :class:`JobNotFound`, :class:`JobNotFailed`, :class:`JobKeyTaken`.
        """
        if not await self._queue_again(job_id, None):
            job = await self.get(job_id)
            raise JobKeyTaken if job.state == "failed" else JobNotFailed

    async def retry_all(self, kind: str | None = None) -> int:
        """Queue all jobs again that used up their attempts, or those of a kind; return how many."""
        return await self._queue_again(None, kind)

    async def _dispose(self, job: JobInFull) -> None:
        await self._db.execute(
            """
            UPDATE jobs.job
            SET expires_at = now() + $2::interval
            WHERE id = $1 AND state = 'failed' AND expires_at IS NULL
            """,
            job.id,
            self._jobs.kept_of(job.kind),
        )

    async def _queue_again(self, job_id: UUID | None, kind: str | None) -> int:
        for _ in range(_TRIES):
            with suppress(UniqueViolationError):  # one with the key has just been enqueued
                return await self._revive(job_id, kind)
        raise JobKeyTaken

    async def _revive(self, job_id: UUID | None, kind: str | None) -> int:
        """Skips jobs whose key now belongs to another job."""
        async with self._db.transaction():
            rows = await self._db.fetch(
                """
                UPDATE jobs.job AS j
                SET state = 'queued', attempts = 0, due_at = now(), ended_at = NULL, error = NULL,
                    cancel_asked_at = NULL, expires_at = NULL
                WHERE j.state = 'failed' AND j.id IN (
                    SELECT max(id::text)::uuid
                    FROM jobs.job AS failed
                    WHERE state = 'failed' AND (id = $1 OR ($1 IS NULL AND expires_at IS NULL))
                        AND ($2::text IS NULL OR kind = $2)
                        AND (key IS NULL OR NOT EXISTS (
                            SELECT
                            FROM jobs.job AS holder
                            WHERE holder.kind = failed.kind AND holder.key = failed.key
                                AND holder.state IN ('queued', 'running')
                        ))
                    GROUP BY kind, coalesce(key, id::text)
                )
                RETURNING j.id, j.owner_id
                """,
                job_id,
                kind,
            )
            await show_changed(self._jobs.outbox, [Revived(*row) for row in rows])
        self._jobs.filled.set()
        return len(rows)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete expired jobs, with their results."""
        while await self._remove_expired() == _PURGED_AT_ONCE:
            pass

    async def _remove_expired(self) -> int:
        removed: int = await self._db.fetchval(
            """
            WITH removed AS (
                DELETE FROM jobs.job
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM jobs.job
                    WHERE expires_at <= now()
                    ORDER BY expires_at
                    LIMIT $1
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM removed
            """,
            _PURGED_AT_ONCE,
        )
        return removed
