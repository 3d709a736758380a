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
class News:
    """The lease of a job is extended; its progress is written, if there is any."""

    claimed: Claimed
    progress: float | None
    note: str | None


class JobClaims:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox

    async def extend(self, news: Sequence[News], lease: timedelta) -> dict[UUID, bool]:
        """Extend leases and write progress.

        Returns, by the id of each job that is still this process's, whether it is cancelled.
        """
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
            [job.claimed.id for job in news],
            [job.claimed.claim for job in news],
            [job.progress for job in news],
            [job.note for job in news],
            lease,
        )
        kept = dict(map(tuple, rows))
        advanced = [job.claimed for job in news if job.progress is not None]
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

    async def fail(self, claimed: Claimed, error: str, retries: Retries) -> str | None:
        """Record the error and when to retry, if at all.

        Returns the new state, or ``None`` if the lease has ended.
        """
        state: str | None = await self._db.fetchval(
            f"""
            UPDATE jobs.job
            SET claim = NULL, progress = NULL, note = NULL,
                last_error = $3,
                state = CASE WHEN attempts >= $4 THEN 'failed' ELSE 'queued' END,
                error = CASE WHEN attempts >= $4 THEN $5 END,
                ended_at = CASE WHEN attempts >= $4 THEN now() END,
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
        )
        if state is not None:
            await show_changed(self._outbox, [claimed])
        return state

    async def give_back(self, claimed: Collection[Claimed]) -> None:
        """Let any process claim these at once, as if they had not been claimed."""
        await self._db.execute(
            """
            UPDATE jobs.job AS j
            SET state = 'queued', claim = NULL, due_at = now(), attempts = j.attempts - 1
            FROM unnest($1::uuid[], $2::uuid[]) AS given (id, claim)
            WHERE j.id = given.id AND j.claim = given.claim
            """,
            [job.id for job in claimed],
            [job.claim for job in claimed],
        )

    async def _end(
        self,
        claimed: Claimed,
        state: str,
        *,
        kept: timedelta,
        result: str | None = None,
        error: str | None = None,
    ) -> None:
        ended = await self._db.fetchval(
            """
            UPDATE jobs.job
            SET state = $3, claim = NULL, result = $4, error = $5, last_error = NULL, note = NULL,
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
