"""A process's claims on jobs: extended while it works on them, then ended or given back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.durable.attempts import LeaseLost
from BE.core.durable.retries import Retries, wait_after
from BE.core.events.outbox import Outbox
from BE.core.jobs.queue import NOT_DONE, Claimed
from BE.core.jobs.shown import show_changed

_WAIT = wait_after("attempts", first="$6", longest="$7")


@dataclass(frozen=True, slots=True)
class Extension:
    """Extend the lease of a job, and write its progress, if there is any."""

    claimed: Claimed
    progress: float | None
    note: str | None


class JobClaims:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox

    async def extend(self, extensions: Sequence[Extension], lease: timedelta) -> dict[UUID, bool]:
        """Extend leases and write progress.

        Returns, for each job that this process still holds, by id, whether it is cancelled.
        """
        async with self._db.transaction():
            rows = await self._db.fetch(
                """
                UPDATE jobs.job AS j
                SET due_at = now() + $5::interval,
                    progress = coalesce(given.progress, j.progress),
                    note = CASE WHEN given.progress IS NULL THEN j.note ELSE given.note END
                FROM unnest($1::uuid[], $2::uuid[], $3::float[], $4::text[])
                    AS given (id, claim, progress, note)
                WHERE j.id = given.id AND j.claim = given.claim
                RETURNING j.id, j.cancel_asked_at IS NOT NULL
                """,
                [job.claimed.id for job in extensions],
                [job.claimed.claim for job in extensions],
                [job.progress for job in extensions],
                [job.note for job in extensions],
                lease,
            )
            kept = dict(map(tuple, rows))
            advanced = [job.claimed for job in extensions if job.progress is not None]
            await show_changed(self._outbox, [job for job in advanced if job.id in kept])
        return kept

    async def finish(self, claimed: Claimed, result: str | None, *, kept: timedelta) -> None:
        """Mark as done, with a result in JSON. Raises :class:`LeaseLost`."""
        await self._end(claimed, "done", kept=kept, result=result)

    async def cancel(self, claimed: Claimed, *, kept: timedelta) -> None:
        """Raises :class:`LeaseLost`."""
        await self._end(claimed, "cancelled", kept=kept)

    async def refuse(self, claimed: Claimed, reason: str, *, kept: timedelta) -> None:
        """Mark as failed for a reason of its own. Raises :class:`LeaseLost`."""
        await self._end(claimed, "failed", kept=kept, error=reason)

    async def fail(self, claimed: Claimed, error: str, retries: Retries, *, kept: timedelta) -> str:
        """Record the error and when to retry, if at all; a cancelled job is not retried.

        Returns the new state. Raises :class:`LeaseLost`.
        """
        async with self._db.transaction():
            state: str | None = await self._db.fetchval(
                f"""
                UPDATE jobs.job
                SET claim = NULL, progress = NULL, note = NULL,
                    last_error = $3,
                    state = CASE
                        WHEN cancel_asked_at IS NOT NULL THEN 'cancelled'
                        WHEN attempts >= $4 THEN 'failed'
                        ELSE 'queued'
                    END,
                    error = CASE WHEN cancel_asked_at IS NULL AND attempts >= $4 THEN $5 END,
                    ended_at = CASE
                        WHEN cancel_asked_at IS NOT NULL OR attempts >= $4 THEN clock_timestamp()
                    END,
                    expires_at = CASE
                        WHEN cancel_asked_at IS NOT NULL THEN clock_timestamp() + $8::interval
                    END,
                    due_at = now() + {_WAIT}
                WHERE id = $1 AND claim = $2
                RETURNING state
                """,
                claimed.id,
                claimed.claim,
                error,
                retries.attempts,
                NOT_DONE,
                retries.first,
                retries.longest,
                kept,
            )
            if state is None:
                raise LeaseLost
            await show_changed(self._outbox, [claimed])
        return state

    async def give_back(self, claimed: Collection[tuple[Claimed, timedelta]]) -> None:
        """Let any process claim these at once, as if they had not been claimed.

        A cancelled one ends, and is kept for the time beside it.
        """
        async with self._db.transaction():
            rows = await self._db.fetch(
                """
                UPDATE jobs.job AS j
                SET state = CASE WHEN j.cancel_asked_at IS NULL THEN 'queued' ELSE 'cancelled' END,
                    claim = NULL, due_at = now(), attempts = j.attempts - 1,
                    progress = NULL, note = NULL,
                    ended_at = CASE WHEN j.cancel_asked_at IS NOT NULL THEN now() END,
                    expires_at = CASE WHEN j.cancel_asked_at IS NOT NULL THEN now() + given.kept END
                FROM unnest($1::uuid[], $2::uuid[], $3::interval[]) AS given (id, claim, kept)
                WHERE j.id = given.id AND j.claim = given.claim
                RETURNING j.id
                """,
                [job.id for job, _ in claimed],
                [job.claim for job, _ in claimed],
                [kept for _, kept in claimed],
            )
            given_back = {job_id for (job_id,) in rows}
            await show_changed(self._outbox, [job for job, _ in claimed if job.id in given_back])

    async def _end(
        self,
        claimed: Claimed,
        state: str,
        *,
        kept: timedelta,
        result: str | None = None,
        error: str | None = None,
    ) -> None:
        async with self._db.transaction():
            ended = await self._db.fetchval(
                """
                UPDATE jobs.job
                SET state = $3, claim = NULL, result = $4, error = $5, last_error = NULL,
                    note = NULL,
                    progress = CASE $3 WHEN 'done' THEN 1 ELSE progress END,
                    ended_at = clock_timestamp(), expires_at = clock_timestamp() + $6::interval
                WHERE id = $1 AND claim = $2
                RETURNING true
                """,
                claimed.id,
                claimed.claim,
                state,
                result,
                error,
                kept,
            )
            if not ended:
                raise LeaseLost
            await show_changed(self._outbox, [claimed])
