from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from BE.core.types import record

type Kind = Literal["plant", "animal", "stone"]


class SpecimenDraft(TypedDict):
    title: str
    description: str | None
    kind: Kind
    found_at: datetime | None
    tags: list[str]


class SpecimenChanges(TypedDict, total=False):
    """What a change sets; what is absent stays."""

    title: str
    description: str | None


@record
class Specimen:
    id: UUID
    owner_id: UUID
    collection: str
    title: str
    description: str | None
    kind: Kind
    found_at: datetime | None
    tags: list[str]
    version: int
