from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from BE.core.types import ResponseSchema
from BE.modules.exports.models import Export, JobState


class ExportResult(ResponseSchema):
    size: int
    expires_at: datetime


class JobResponse(ResponseSchema):
    """Work that is done after the answer."""

    id: UUID
    kind: Literal["export"]
    state: JobState
    progress: float | None
    note: str | None
    result: ExportResult | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ExportsResponse(ResponseSchema):
    items: list[JobResponse]


def job_response(export: Export) -> dict[str, Any]:
    is_done = export.state == "done"
    return {
        "id": export.id,
        "kind": "export",
        "state": export.state,
        "progress": 1 if is_done else None,
        "note": None,
        "result": {"size": export.size, "expires_at": export.expires_at} if is_done else None,
        "error": export.error,
        "created_at": export.created_at,
        "started_at": export.started_at,
        "ended_at": export.ended_at,
    }
