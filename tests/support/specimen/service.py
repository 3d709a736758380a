from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted
from tests.support.specimen.events import SpecimenCollected, SpecimenUpdated
from tests.support.specimen.exceptions import NoSuchCollector, SpecimenNotFound
from tests.support.specimen.models import Specimen, SpecimenChanges, SpecimenDraft
from tests.support.specimen.repository import SpecimenRepository

_NEWEST = UUID(int=2**128 - 1)
_EXPORTED_TOGETHER = 50


class SpecimenService:
    def __init__(
        self,
        database: Database,
        repository: SpecimenRepository,
        events: EventBus,
        cursors: Cursors,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors

    async def require_collector(self, owner_id: UUID) -> None:
        """Raises :class:`NoSuchCollector`."""
        if not await self._repository.has_any(owner_id):
            raise NoSuchCollector

    async def collect(
        self, owner_id: UUID, draft: SpecimenDraft, *, collection: str = "main"
    ) -> Specimen:
        async with self._db.transaction():
            specimen = await self._repository.add(new_id(), owner_id, collection, draft)
            await self._events.publish(
                SpecimenCollected(specimen_id=specimen.id, owner_id=owner_id)
            )
        return specimen

    async def get(self, owner_id: UUID, specimen_id: UUID) -> Specimen:
        """Raises :class:`SpecimenNotFound`, also for another owner's specimen."""
        specimen = await self._repository.get(owner_id, specimen_id)
        if specimen is None:
            raise SpecimenNotFound
        return specimen

    async def page(self, owner_id: UUID, *, limit: int, cursor: str | None) -> Page[Specimen]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"specimens:{owner_id}"
        before = UUID(self._cursors.open(scope, cursor)[0]) if cursor is not None else _NEWEST
        rows = await self._repository.page(owner_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, rows, limit, lambda specimen: [specimen.id])

    async def export(self, owner_id: UUID) -> AsyncIterator[Specimen]:
        """Every specimen, newest first, read in small batches with a statement for each."""
        before = _NEWEST
        while True:
            batch = await self._repository.page(owner_id, before=before, limit=_EXPORTED_TOGETHER)
            for specimen in batch:
                yield specimen
            if len(batch) < _EXPORTED_TOGETHER:
                return
            before = batch[-1].id

    async def change(
        self,
        owner_id: UUID,
        specimen_id: UUID,
        changes: SpecimenChanges,
        versions: Sequence[int] | None,
    ) -> Specimen:
        """Raises :class:`SpecimenNotFound`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            specimen = await self._repository.change(owner_id, specimen_id, changes, versions)
            if specimen is None:
                raise PreconditionFailedError(await self.get(owner_id, specimen_id))
            await self._events.publish(SpecimenUpdated(specimen_id=specimen_id, owner_id=owner_id))
        return specimen

    async def remove(
        self, owner_id: UUID, specimen_id: UUID, versions: Sequence[int] | None
    ) -> None:
        """Raises :class:`SpecimenNotFound`, :class:`PreconditionFailedError`."""
        if not await self._repository.remove(owner_id, specimen_id, versions):
            raise PreconditionFailedError(await self.get(owner_id, specimen_id))

    async def on_specimen_collected(self, event: SpecimenCollected) -> None:
        await self._repository.label(event.specimen_id)

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.remove_all(event.user_id)
