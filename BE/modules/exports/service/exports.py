import asyncio
import math
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from BE.core.database.database import Database
from BE.core.database.row_scope import rows_of
from BE.core.events import EventBus, HourPassed
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
    ExportNotFound,
    ExportNotMade,
    ExportOver,
    ExportTooLarge,
    TooManyExports,
)
from BE.modules.exports.models import Export, explanation
from BE.modules.exports.repository import ExportRepository
from BE.modules.exports.service.stored_zip import StoredZip

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=1)
_MOST_A_DAY = 5
_ATTEMPTS = 5
_STUCK = timedelta(hours=6)
"""Longer than a delivery is retried."""

_PURGED_AT_ONCE = 20

_TOO_LARGE = "Your data do not fit into one file: ask those who run this service for them"
_NOT_MADE = "It could not be made, also not when it was tried again"


class ExportService:
    """Makes a file of everything that is held about a user, one at a time in each process."""

    def __init__(
        self,
        database: Database,
        repository: ExportRepository,
        events: EventBus,
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
        self._personal_data = personal_data
        self._application = application
        self._largest = largest
        self._counting = counting
        self._clock = clock
        self._place = asyncio.Semaphore(1)

    async def request(self, user_id: UUID) -> Export:
        """Queue an export, or return the one that is being made.

        Raises :class:`TooManyExports`.
        """
        async with self._db.transaction():
            export = await self._repository.add(new_id(), user_id)
            recent = await self._repository.recent(user_id)
            if export is None:
                return recent[0]
            if self._counting and len(recent) > _MOST_A_DAY:
                raise TooManyExports(retry_after=self._seconds_until_expiry(recent[-1]))
            await self._events.publish(ExportRequested(export_id=export.id, user_id=user_id))
        return export

    async def recent(self, user_id: UUID) -> list[Export]:
        """The newest first, without those that have expired."""
        return await self._repository.recent(user_id)

    async def get(self, user_id: UUID, export_id: UUID) -> Export:
        """Raises :class:`ExportNotFound`, and :class:`ExportNotMade` for one that has failed."""
        export = await self._repository.get(user_id, export_id)
        if export is None:
            raise ExportNotFound
        if export.state == "failed":
            raise ExportNotMade
        return export

    async def download(self, user_id: UUID, export: Export) -> AsyncIterator[bytes]:
        """The file of an export that is done, in pieces.

        Raises :class:`ExportNotFound` if it is deleted meanwhile.
        """
        async with self._db.transaction():
            await self._events.publish(ExportDownloaded(export_id=export.id, user_id=user_id))
        size = 0
        async for piece in self._repository.pieces(user_id, export.id):
            yield piece
            size += len(piece)
        if size != export.size:
            raise ExportNotFound

    async def on_export_requested(self, event: ExportRequested) -> None:
        """Make the export. What an attempt leaves unfinished leaves nothing behind."""
        async with self._place:
            attempt = await self._repository.start(event.export_id)
            if attempt is None:
                return
            if attempt > _ATTEMPTS:
                await self._give_up(event.export_id, event.user_id, _NOT_MADE)
                return
            try:
                await self._make(event)
            except ExportTooLarge:
                await self._give_up(event.export_id, event.user_id, _TOO_LARGE)
            except ExportOver:
                log.info("export_no_longer_needed", export_id=str(event.export_id))

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete what has expired, and give up what nobody makes any more."""
        while await self._repository.remove_expired(limit=_PURGED_AT_ONCE):
            pass
        for export_id, user_id in await self._repository.stuck(_STUCK):
            await self._give_up(export_id, user_id, _NOT_MADE)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._repository.remove_all(event.user_id)

    async def _make(self, event: ExportRequested) -> None:
        """In one transaction, which sees one moment: the file is there as a whole, or not at all.

        Raises :class:`ExportTooLarge`, :class:`ExportOver`.
        """
        now, parts = self._clock(), self._personal_data.parts
        read_me = explanation(self._application, parts, self._personal_data.withheld, now)
        with rows_of(event.user_id):
            async with self._db.snapshot():
                file = StoredZip(self._repository, event.export_id, now, largest=self._largest)
                file.add_text("README.txt", read_me)
                for part in parts:
                    await file.add_rows(f"{part.name}.json", part.read(event.user_id))
                size = await file.close()
                if not await self._repository.finish(event.export_id, size=size, kept=_KEPT):
                    raise ExportOver
                await self._events.publish(
                    ExportCompleted(export_id=event.export_id, user_id=event.user_id)
                )

    async def _give_up(self, export_id: UUID, user_id: UUID, error: str) -> None:
        async with self._db.transaction():
            if await self._repository.give_up(export_id, error, kept=_KEPT):
                await self._events.publish(ExportFailed(export_id=export_id, user_id=user_id))
                log.error("export_failed", export_id=str(export_id), reason=error)

    def _seconds_until_expiry(self, export: Export) -> int:
        until = export.expires_at or export.created_at + _KEPT
        return max(1, math.ceil((until - self._clock()).total_seconds()))
