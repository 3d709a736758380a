from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested(Event):
    name = "export.requested"

    export_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCompleted(Event):
    name = "export.completed"

    export_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFailed(Event):
    name = "export.failed"

    export_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDownloaded(Event):
    name = "export.downloaded"

    export_id: UUID
    user_id: UUID
