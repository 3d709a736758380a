from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from BE.core.jobs import JobState, StoredJob
from BE.core.types import ResponseSchema


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


def job_response(job: StoredJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "note": job.note,
        "result": job.result and orjson.Fragment(job.result),
        "error": job.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }
