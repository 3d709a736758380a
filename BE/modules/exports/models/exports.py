from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

type JobState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Export:
    """What is held about a user: being made, made, or given up."""

    id: UUID
    state: JobState
    size: int | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None

    @property
    def is_active(self) -> bool:
        return self.state in {"queued", "running"}
