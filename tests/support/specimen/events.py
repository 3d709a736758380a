from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenCollected(Event):
    name = "specimen.collected"
    key = "specimen_id"

    specimen_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenUpdated(Event):
    name = "specimen.updated"
    key = "specimen_id"

    specimen_id: UUID
    owner_id: UUID
