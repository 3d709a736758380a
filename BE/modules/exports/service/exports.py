import math
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import structlog

from BE.core.database.database import Database
from BE.core.database.row_scope import rows_of
from BE.core.durable.retries import Retries
from BE.core.events import EventBus, HourPassed
from BE.core.jobs import JobRefused, Jobs, Run, StoredJob
from BE.core.personal_data import PersonalData
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.exports.events import (
    ExportCompleted,
    ExportDownloaded,
    ExportFailed,
    ExportRequested,
)
from BE.modules.exports.exceptions import (
    ExportBeingCancelled,
    ExportNotFound,
    ExportNotMade,
    ExportTooLarge,
    TooManyExports,
)
from BE.modules.exports.jobs import MakeExport
from BE.modules.exports.models import explanation
from BE.modules.exports.repository import ExportRepository
from BE.modules.exports.service.stored_zip import StoredZip

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""In all processes, to leave room for smaller jobs."""
KEPT = timedelta(days=1)
RETRIES = Retries(attempts=5)

_DAY = timedelta(days=1)
_MOST_A_DAY = 5
_LISTED = 100
_PURGED_AT_ONCE = 20

_TOO_LARGE = "Your data do not fit into one file: ask those who run this service for them"


def size_of(job: StoredJob) -> int:
    """In bytes, of an export that is done."""
    return int(orjson.loads(job.result or "{}")["size"])


class ExportService:
    """Makes a file of everything that is held about a user."""

    def __init__(
        self,
        database: Database,
        repository: ExportRepository,
        events: EventBus,
        jobs: Jobs,
        personal_data: PersonalData,
        *,
        application: str,
        largest: int,
        counting: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``largest`` is in bytes of the file; ``counting`` limits how many a user may have."""
        self._db = database
        self._repository = repository
        self._events = events
        self._jobs = jobs
        self._personal_data = personal_data
        self._application = application
        self._largest = largest
        self._counting = counting
        self._clock = clock

    async def request(self, user_id: UUID) -> StoredJob:
        """Queue an export, or return the one that is being made.

        Raises :class:`TooManyExports`, and :class:`ExportBeingCancelled` if that one is being
        cancelled.
        """
        async with self._db.transaction():
            enqueued = await self._jobs.enqueue(
                MakeExport(user_id=user_id), owner_id=user_id, key=str(user_id)
            )
            if enqueued.is_new:
                await self._require_few(user_id)
                await self._events.publish(
                    ExportRequested(export_id=enqueued.job.id, user_id=user_id)
                )
            elif enqueued.job.cancel_asked_at is not None:
                raise ExportBeingCancelled
        return enqueued.job

    async def recent(self, user_id: UUID) -> list[StoredJob]:
        """The newest first, without those that have expired."""
        return await self._jobs.newest(user_id, kind=MakeExport.kind, limit=_LISTED)

    async def get(self, user_id: UUID, export_id: UUID) -> StoredJob:
        """Raises :class:`ExportNotFound`, and :class:`ExportNotMade` for one that has failed."""
        job = await self._jobs.get(user_id, export_id)
        if job is None or job.kind != MakeExport.kind:
            raise ExportNotFound
        if job.state in {"failed", "cancelled"}:
            raise ExportNotMade
        return job

    async def download(self, user_id: UUID, job: StoredJob) -> AsyncIterator[bytes]:
        """The file of an export that is done, in pieces.

        Raises :class:`ExportNotFound` if it is deleted meanwhile.
        """
        async with self._db.transaction():
            await self._events.publish(ExportDownloaded(export_id=job.id, user_id=user_id))
        size = 0
        async for piece in self._repository.pieces(user_id, job.id):
            yield piece
            size += len(piece)
        if size != size_of(job):
            raise ExportNotFound

    async def make(self, job: MakeExport, run: Run) -> None:
        """Make the file. It belongs to the user only once the job is done."""
        file_id = new_id()
        try:
            size = await self._store(file_id, job.user_id, run)
        except ExportTooLarge:
            await self._announce_failure(job.user_id, run)
            raise JobRefused(_TOO_LARGE) from None
        except Exception:
            if run.attempt >= RETRIES.attempts:
                await self._announce_failure(job.user_id, run)
            raise
        try:
            await self._complete(file_id, size, job.user_id, run)
        except BaseException:
            await self._repository.remove(job.user_id, file_id)
            raise

    async def on_export_requested(self, event: ExportRequested) -> None:
        """Take over exports that a release without jobs has not finished."""
        if await self._jobs.get(event.user_id, event.export_id) is None:
            await self._repository.remove(event.user_id, event.export_id)
            await self._jobs.enqueue(
                MakeExport(user_id=event.user_id), owner_id=event.user_id, key=str(event.user_id)
            )

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete expired exports."""
        while await self._repository.remove_expired(limit=_PURGED_AT_ONCE):
            pass

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._repository.remove_all(event.user_id)

    async def _complete(self, file_id: UUID, size: int, user_id: UUID, run: Run) -> None:
        """Raises :class:`LeaseLost`; then the file belongs to the process that now has the job."""
        async with self._db.transaction():
            await run.finish({"size": size, "expires_at": self._clock() + KEPT})
            await self._repository.publish(user_id, file_id, as_export=run.job_id)
            await self._events.publish(ExportCompleted(export_id=run.job_id, user_id=user_id))

    async def _store(self, file_id: UUID, user_id: UUID, run: Run) -> int:
        """In one transaction, so from one snapshot; returns the size of the file.

        Raises :class:`ExportTooLarge`.
        """
        now, parts = self._clock(), self._personal_data.parts
        read_me = explanation(self._application, parts, self._personal_data.withheld, now)
        with rows_of(user_id):
            async with self._db.snapshot():
                file = StoredZip(self._repository, file_id, now, largest=self._largest)
                file.add_text("README.txt", read_me)
                for number, part in enumerate(parts):
                    run.stop_if_cancelled()
                    run.progress(number / len(parts), f"{number} of {len(parts)} files")
                    await file.add_rows(f"{part.name}.json", part.read(user_id))
                size = await file.close()
                await self._repository.add(file_id, user_id, size=size, kept=KEPT)
        return size

    async def _announce_failure(self, user_id: UUID, run: Run) -> None:
        async with self._db.transaction():
            await self._events.publish(ExportFailed(export_id=run.job_id, user_id=user_id))
        log.error("export_failed", export_id=str(run.job_id))

    async def _require_few(self, user_id: UUID) -> None:
        """Raises :class:`TooManyExports`."""
        if self._counting:
            a_day_ago = self._clock() - _DAY
            newest = await self._jobs.newest(user_id, kind=MakeExport.kind, limit=_MOST_A_DAY + 1)
            waits = [job.created_at - a_day_ago for job in newest if job.created_at > a_day_ago]
            if len(waits) > _MOST_A_DAY:
                raise TooManyExports(retry_after=math.ceil(min(waits).total_seconds()))
