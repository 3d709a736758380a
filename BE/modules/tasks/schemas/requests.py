from datetime import date
from functools import cached_property
from typing import Annotated, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from BE.core.http.pagination import PageQuery
from BE.core.http.tagged_unions import WITHOUT_TAG
from BE.core.types import FullDate, RequestSchema, UtcDatetime, ZoneName, line, text
from BE.modules.tasks.models import (
    NEWEST_FIRST,
    CreateTask,
    DeleteTask,
    Interval,
    Operation,
    Priority,
    Status,
    TaskChanges,
    TaskDraft,
    TaskFilter,
    TaskOrder,
    TaskSort,
    UpdateTask,
)

Title = Annotated[str, line(200), Field(examples=["Write the note"])]
Description = Annotated[str, text(10_000), Field(examples=["About the engine"])]
Tag = Annotated[str, line(50), Field(examples=["work"])]
Tags = Annotated[list[Tag], Field(max_length=20)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


def _due_once(due_on: date | None, others: ValidationInfo) -> date | None:
    if due_on is not None and others.data.get("due_at") is not None:
        raise PydanticCustomError("due_twice", "A task is due at a time or on a date, not both")
    return due_on


DueOn = Annotated[FullDate | None, AfterValidator(_due_once)]
"""Declare it after ``due_at``."""


class TaskFields(RequestSchema):
    title: Title
    description: Description | None = None
    status: Status = "todo"
    priority: Priority = "none"
    due_at: UtcDatetime | None = None
    due_on: DueOn = None
    tags: Tags = Field(default_factory=list)


AssigneeId = Annotated[UUID | None, Field(description="A member of the team whose task it is")]


class CreateTaskRequest(TaskFields):
    assignee_id: AssigneeId = None


class ChangeTaskRequest(RequestSchema):
    """Every field may be absent, and four may be null."""

    # nothing reads the defaults
    title: Title = Field(default_factory=str)
    description: Description | None = None
    status: Status = Field(default_factory=lambda: "todo")
    priority: Priority = Field(default_factory=lambda: "none")
    due_at: UtcDatetime | None = None
    due_on: DueOn = None
    tags: Tags = Field(default_factory=list)
    assignee_id: AssigneeId = None


class FindTasksQuery(PageQuery):
    status: Annotated[list[Status], Field(max_length=20)] = Field(default_factory=list)
    priority: Annotated[list[Priority], Field(max_length=20)] = Field(default_factory=list)
    tag: Tags = Field(default_factory=list)
    assignee_id: Annotated[list[UUID], Field(max_length=20)] = Field(default_factory=list)
    assigned: bool | None = Field(default=None, description="To anybody at all")
    due_before: UtcDatetime | None = None
    due_after: UtcDatetime | None = None
    overdue: bool | None = None
    q: Annotated[str, text(200)] | None = None
    tz: ZoneName = "UTC"
    sort_by: TaskSort = "created_at"
    sort_order: Literal["asc", "desc"] | None = None
    total: bool = Field(default=False, description="Also count every task that matches")

    # the dependency plan gives all requests without a query the same object
    @cached_property
    def filter(self) -> TaskFilter:
        return TaskFilter(
            status=tuple(sorted(set(self.status))),
            priority=tuple(sorted(set(self.priority))),
            tag=tuple(sorted(set(self.tag))),
            assignee_id=tuple(sorted(set(self.assignee_id))),
            assigned=self.assigned,
            due_before=self.due_before,
            due_after=self.due_after,
            overdue=self.overdue,
            q=self.q if self.q and any(map(str.isalnum, self.q)) else None,
            tz=self.tz,
        )

    @cached_property
    def order(self) -> TaskOrder:
        if self.sort_order is None:
            return TaskOrder(self.sort_by, self.sort_by in NEWEST_FIRST)
        return TaskOrder(self.sort_by, self.sort_order == "desc")


class MoveTaskRequest(RequestSchema):
    after: UUID | None


class TransferTaskRequest(RequestSchema):
    team_id: UUID


class RestoreTasksRequest(RequestSchema):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class CreateOperation(RequestSchema):
    op: Literal["create"]
    task: CreateTaskRequest

    def to_operation(self) -> Operation:
        return CreateTask(cast(TaskDraft, self.task.model_dump()))


class UpdateOperation(RequestSchema):
    op: Literal["update"]
    id: UUID
    if_match: Version | None = None
    changes: ChangeTaskRequest

    def to_operation(self) -> Operation:
        changes = cast(TaskChanges, self.changes.model_dump(exclude_unset=True))
        return UpdateTask(self.id, self.if_match, changes)


class DeleteOperation(RequestSchema):
    op: Literal["delete"]
    id: UUID
    if_match: Version | None = None

    def to_operation(self) -> Operation:
        return DeleteTask(self.id, self.if_match)


class BulkRequest(RequestSchema):
    operations: Annotated[
        list[
            Annotated[
                CreateOperation | UpdateOperation | DeleteOperation,
                Field(discriminator="op"),
                WITHOUT_TAG,
            ]
        ],
        Field(min_length=1, max_length=500),
    ]


class StatsQuery(RequestSchema):
    tz: ZoneName = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)


class HistoryQuery(StatsQuery):
    days: Annotated[int, Field(ge=1, le=366)] = 30
    interval: Interval = "day"


class ExportQuery(RequestSchema):
    format: Literal["csv", "json"] = "csv"


class ImportQuery(RequestSchema):
    dry_run: bool = False
