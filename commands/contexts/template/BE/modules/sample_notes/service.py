from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.limits.quotas import Quota
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.sample_notes.events import SampleNoteAdded, SampleNoteChanged, SampleNoteDeleted
from BE.modules.sample_notes.exceptions import SampleNoteNotFound, TooManySampleNotes
from BE.modules.sample_notes.models import SampleNote, SampleNoteChanges, SampleNoteDraft
from BE.modules.sample_notes.repository import SampleNoteRepository

_NEWEST = UUID(int=2**128 - 1)
_MOST = 10_000


class SampleNoteService:
    def __init__(
        self,
        database: Database,
        repository: SampleNoteRepository,
        events: EventBus,
        cursors: Cursors,
        *,
        most: int = _MOST,
    ) -> None:
        """``most`` is how many one owner may have."""
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._quota = Quota(most, TooManySampleNotes)

    async def add(self, owner_id: UUID, draft: SampleNoteDraft) -> SampleNote:
        """Raises :class:`TooManySampleNotes`."""
        async with self._db.transaction():
            if not self._quota.draw(owner_id):
                held = await self._repository.count(owner_id)
                self._quota.settle(owner_id, 1, held=held)
            sample_note = await self._repository.add(new_id(), owner_id, draft)
            await self._events.publish(
                SampleNoteAdded(
                    sample_note_id=sample_note.id,
                    owner_id=owner_id,
                    sample_note_version=sample_note.version,
                )
            )
        return sample_note

    async def get(self, owner_id: UUID, sample_note_id: UUID) -> SampleNote:
        """Raises :class:`SampleNoteNotFound`, also for one of another user."""
        sample_note = await self._repository.get(owner_id, sample_note_id)
        if sample_note is None:
            raise SampleNoteNotFound
        return sample_note

    async def page(self, owner_id: UUID, *, limit: int, cursor: str | None) -> Page[SampleNote]:
        """The newest first. Raises :class:`InvalidCursor`."""
        scope = f"sample_notes:{owner_id}"
        before = UUID(self._cursors.open(scope, cursor)[0]) if cursor is not None else _NEWEST
        found = await self._repository.page(owner_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, found, limit, lambda sample_note: [sample_note.id])

    async def change(
        self,
        owner_id: UUID,
        sample_note_id: UUID,
        changes: SampleNoteChanges,
        versions: Sequence[int] | None,
    ) -> SampleNote:
        """Raises :class:`SampleNoteNotFound`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            changed = await self._repository.change(owner_id, sample_note_id, changes, versions)
            if changed is None:
                raise PreconditionFailedError(await self.get(owner_id, sample_note_id))
            if changes:
                await self._events.publish(
                    SampleNoteChanged(
                        sample_note_id=sample_note_id,
                        owner_id=owner_id,
                        changed=tuple(changes),
                        sample_note_version=changed.version,
                    )
                )
        return changed

    async def delete(
        self, owner_id: UUID, sample_note_id: UUID, versions: Sequence[int] | None
    ) -> None:
        """Raises :class:`SampleNoteNotFound`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            if not await self._repository.remove(owner_id, sample_note_id, versions):
                raise PreconditionFailedError(await self.get(owner_id, sample_note_id))
            await self._events.publish(
                SampleNoteDeleted(sample_note_id=sample_note_id, owner_id=owner_id)
            )

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._repository.remove_all(event.user_id)
