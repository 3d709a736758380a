from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from BE.core.http.pagination import PageResponse
from BE.core.jobs import JobState, StoredJob
from BE.core.types import ResponseSchema


class OwnJobResponse(ResponseSchema):
    """Work of any kind that is done after the answer."""

    id: UUID
    kind: str
    state: JobState
    progress: float | None
    note: str | None
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobPageResponse(PageResponse[OwnJobResponse]):
    pass


def own_job(job: StoredJob) -> dict[str, Any]:
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
