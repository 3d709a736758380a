from datetime import datetime
from typing import TypedDict
from uuid import UUID

from BE.core.types import record


class SampleNoteDraft(TypedDict):
    title: str
    description: str | None


class SampleNoteChanges(TypedDict, total=False):
    """The fields that a change sets; absent ones stay."""

    title: str
    description: str | None


@record
class SampleNote:
    id: UUID
    owner_id: UUID
    title: str
    description: str | None
    version: int
    created_at: datetime
    updated_at: datetime
