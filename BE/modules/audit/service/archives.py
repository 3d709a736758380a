import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.modules.audit.events import ArchiveSealed
from BE.modules.audit.exceptions import ArchiveFault
from BE.modules.audit.models import Entry, Head, Seal, judge_address, judge_entry
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.service.archive_file import ArchiveFile, open_archive, write_archive

_AT_ONCE = 1000


class ArchiveService:
    """Moves the beginning of the trail into files, and leaves a seal in its place.

    First the file is written, then the seal is committed, then the entries are deleted. Running it
    again continues an interrupted run.
    """

    def __init__(self, database: Database, repository: AuditRepository, events: EventBus) -> None:
        self._db = database
        self._repository = repository
        self._events = events

    async def archive(self, before: datetime, file: Path) -> Seal:
        """Move the entries up to the first that is not ``before``. Raises :class:`ArchiveFault`.

        Does nothing if ``file`` already contains all of them.
        """
        seals = await self._repository.seals()
        start = seals[-1].head if seals else Head()
        if await self._is_unpruned(start):
            seal = seals[-1]
            if not _is_archive_of(seal, file):
                raise ArchiveFault(
                    f"The archive of {seal.entries} was interrupted, and {file} is not its file:"
                    " name that one to go on."
                )
        else:
            end = await self._repository.last_before(before, after=start.sequence)
            if end is None and seals and _is_archive_of(seals[-1], file):
                return seals[-1]
            seal = await self._sealed(start, end, before, file)
        await self._prune(seal)
        return seal

    async def _is_unpruned(self, start: Head) -> bool:
        first = await self._repository.following(0, limit=1)
        return bool(first) and first[0].head.sequence <= start.sequence

    async def _sealed(self, start: Head, end: Head | None, before: datetime, file: Path) -> Seal:
        archive = await self._found(start, before, file)
        if archive is None:
            if end is None:
                raise ArchiveFault(f"There is no entry before {before:%Y-%m-%d} to archive.")
            archive = await write_archive(file, start, end, self._entries(start, end))
        async with self._db.transaction():
            await self._repository.lock_head()
            if any(seal.before == start for seal in await self._repository.seals()):
                raise ArchiveFault(f"Another archive was made meanwhile: remove {file}.")
            await self._repository.seal(archive.seal)
            made = ArchiveSealed(
                archive_id=archive.head.sequence, first_sequence=archive.before.sequence + 1
            )
            await self._events.publish(made)
        return archive.seal

    async def _found(self, start: Head, before: datetime, file: Path) -> ArchiveFile | None:
        """The archive of an interrupted run; it must continue the trail at ``start``."""
        if not _is_there(file):
            return None
        try:
            archive = open_archive(file)
            fits = all(entry.record.occurred_at < before for entry in archive.entries())
        except ArchiveFault:
            fits = False
        else:
            last = await self._repository.following(archive.head.sequence - 1, limit=1)
            fits &= archive.before == start and [entry.head for entry in last] == [archive.head]
        if not fits:
            raise ArchiveFault(f"{file} exists: name another file, or remove it.")
        return archive

    async def _entries(self, start: Head, end: Head) -> AsyncIterator[Entry]:
        """The entries after ``start`` up to ``end``, verified."""
        expired = await self._repository.expired_addresses()
        reached = start
        while reached.sequence < end.sequence:
            limit = min(_AT_ONCE, end.sequence - reached.sequence)
            entries = await self._repository.following(reached.sequence, limit=limit)
            if not entries:
                return
            for entry in entries:
                if fault := judge_entry(reached, entry) or judge_address(entry, expired):
                    raise ArchiveFault(f"{fault} Nothing was archived.")
                yield entry
                reached = entry.head

    async def _prune(self, seal: Seal) -> None:
        while await self._repository.prune(seal.head.sequence, limit=_AT_ONCE):
            pass
        while await self._repository.drop_addresses(seal.head.sequence, limit=_AT_ONCE):
            pass


def _is_archive_of(seal: Seal, file: Path) -> bool:
    """Raises :class:`ArchiveFault` for a damaged archive."""
    if not _is_there(file) or open_archive(file).seal != seal:
        return False
    open_archive(file).prove()
    return True


def _is_there(file: Path) -> bool:
    return os.path.lexists(file)
