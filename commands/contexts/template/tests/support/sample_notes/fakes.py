"""The repository in memory; the contract tests compare it with the real one."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from uuid import UUID

from BE.core.personal_data import Rows
from BE.modules.sample_notes.models import SampleNote, SampleNoteChanges, SampleNoteDraft
from BE.modules.sample_notes.repository import SampleNoteRepository


class FakeSampleNoteRepository(SampleNoteRepository):
    def __init__(self) -> None:
        self.sample_notes: dict[UUID, SampleNote] = {}

    async def add(
        self, sample_note_id: UUID, owner_id: UUID, draft: SampleNoteDraft
    ) -> SampleNote:
        now = datetime.now(UTC)
        added = SampleNote(
            id=sample_note_id,
            owner_id=owner_id,
            **draft,
            version=1,
            created_at=now,
            updated_at=now,
        )
        self.sample_notes[sample_note_id] = added
        return added

    async def count(self, owner_id: UUID) -> int:
        return len(self._of(owner_id))

    async def get(self, owner_id: UUID, sample_note_id: UUID) -> SampleNote | None:
        return self._find(owner_id, sample_note_id, None)

    async def page(self, owner_id: UUID, *, before: UUID, limit: int) -> list[SampleNote]:
        earlier = [found for found in self._of(owner_id) if found.id < before]
        return earlier[::-1][:limit]

    async def change(
        self,
        owner_id: UUID,
        sample_note_id: UUID,
        changes: SampleNoteChanges,
        versions: Sequence[int] | None,
    ) -> SampleNote | None:
        found = self._find(owner_id, sample_note_id, versions)
        if found is None or not changes:
            return found
        changed = replace(
            found, **changes, version=found.version + 1, updated_at=datetime.now(UTC)
        )
        self.sample_notes[sample_note_id] = changed
        return changed

    async def remove(
        self, owner_id: UUID, sample_note_id: UUID, versions: Sequence[int] | None
    ) -> bool:
        if self._find(owner_id, sample_note_id, versions) is None:
            return False
        del self.sample_notes[sample_note_id]
        return True

    async def remove_all(self, owner_id: UUID) -> None:
        for found in self._of(owner_id):
            del self.sample_notes[found.id]

    async def held(self, owner_id: UUID) -> Rows:
        if found := self._of(owner_id):
            yield [asdict(sample_note) for sample_note in found]

    def _of(self, owner_id: UUID) -> list[SampleNote]:
        """The oldest first."""
        owned = (found for found in self.sample_notes.values() if found.owner_id == owner_id)
        return sorted(owned, key=lambda found: found.id)

    def _find(
        self, owner_id: UUID, sample_note_id: UUID, versions: Sequence[int] | None
    ) -> SampleNote | None:
        found = self.sample_notes.get(sample_note_id)
        if found is None or found.owner_id != owner_id:
            return None
        return found if versions is None or found.version in versions else None
