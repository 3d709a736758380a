"""A job in the answers to its owner."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from BE.core.jobs.job import JobState, StoredJob
from BE.core.types import ResponseSchema


class JobAnswer(ResponseSchema):
    """The fields of all jobs; subclasses add the kind and the result."""

    id: UUID
    kind: Any
    state: JobState
    progress: float | None
    note: str | None
    result: Any
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


def answer_of(job: StoredJob) -> dict[str, Any]:
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
