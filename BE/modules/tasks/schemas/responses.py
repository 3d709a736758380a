from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from BE.core.http.pagination import PageResponse
from BE.core.jobs import JobAnswer
from BE.core.types import FullDate, ResponseSchema
from BE.modules.tasks.models import Priority, Status


class TaskResponse(ResponseSchema):
    id: UUID
    owner_id: UUID = Field(description="The id of a user, or of a team")
    team_id: UUID | None = Field(
        description="The team whose task it is; null for a user's own", examples=[None]
    )
    assignee_id: UUID | None = Field(
        description="The member of the team who is to do it", examples=[None]
    )
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None = Field(examples=[None])
    tags: list[str]
    position: str
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = Field(examples=[None])
    deleted_at: datetime | None = Field(examples=[None])


class TasksResponse(ResponseSchema):
    items: list[TaskResponse]


class TaskPageResponse(PageResponse[TaskResponse]):
    pass


class TaskListResponse(TaskPageResponse):
    # a generated default is none to OpenAPI: without `total=true` the field is absent
    total: int = Field(default_factory=int, description="How many tasks match, with `total=true`")


class TagResponse(ResponseSchema):
    tag: str
    tasks: int


class TagsResponse(ResponseSchema):
    items: list[TagResponse]


class BulkResponse(ResponseSchema):
    items: list[TaskResponse | None]


class TaskStatsResponse(ResponseSchema):
    total: int
    todo: int
    in_progress: int
    done: int
    overdue: int
    due_today: int
    completed_this_week: int
    timestamp: datetime


class TaskFlowResponse(ResponseSchema):
    date: FullDate = Field(description="The day, or the Monday of the week")
    created: int
    completed: int
    open: int = Field(description="At the end of the day or week: created and not completed")
    done: int = Field(description="At the end of the day or week: completed")


class TaskHistoryResponse(ResponseSchema):
    items: list[TaskFlowResponse]


class ImportPreviewResponse(ResponseSchema):
    """A task as it is in the file."""

    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None = Field(examples=[None])
    tags: list[str]


class ImportResult(ResponseSchema):
    rows: int
    imported: int


class ImportJobResponse(JobAnswer):
    """An import that is done after the answer."""

    kind: Literal["import"]
    result: ImportResult | None


class ImportResponse(ResponseSchema):
    rows: int
    imported: int
    ids: list[UUID]
    """Those of the created tasks, in their manual order."""
    preview: list[ImportPreviewResponse] = Field(
        description="The first ten tasks that an import would create; empty without `dry_run=true`"
    )
