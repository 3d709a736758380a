from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from BE.core.types import STORABLE, RequestSchema, ResponseSchema, UtcDatetime
from BE.modules.tasks.models import Priority, Status

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), STORABLE
]
Description = Annotated[str, StringConstraints(max_length=10_000), STORABLE]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), STORABLE
]
Tags = Annotated[list[Tag], Field(max_length=20)]


class CreateTaskRequest(RequestSchema):
    title: Title
    description: Description | None = None
    status: Status = "todo"
    priority: Priority = "none"
    due_at: UtcDatetime | None = None
    tags: Tags = Field(default_factory=list)


class ChangeTaskRequest(RequestSchema):
    """Every field may be absent (a default is never used); two may be null."""

    title: Title = Field(default_factory=str)
    description: Description | None = None
    status: Status = Field(default_factory=lambda: "todo")
    priority: Priority = Field(default_factory=lambda: "none")
    due_at: UtcDatetime | None = None
    tags: Tags = Field(default_factory=list)


class TaskResponse(ResponseSchema):
    id: UUID
    owner_id: UUID
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    tags: list[str]
    position: str
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class TaskPageResponse(ResponseSchema):
    items: list[TaskResponse]
    next_cursor: str | None
