from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNoteAdded(Event):
    name = "sample_note.added"
    key = "sample_note_id"

    sample_note_id: UUID
    owner_id: UUID
    sample_note_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNoteChanged(Event):
    """``changed`` names the fields. Their values are left out: they may be long or private."""

    name = "sample_note.changed"
    key = "sample_note_id"

    sample_note_id: UUID
    owner_id: UUID
    changed: tuple[str, ...]
    sample_note_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNoteDeleted(Event):
    name = "sample_note.deleted"
    key = "sample_note_id"

    sample_note_id: UUID
    owner_id: UUID
