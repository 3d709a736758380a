from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Any, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from BE.core.exceptions import Detail, InvalidInputError
from BE.core.http.csv_files import CsvFile
from BE.core.http.faults import detail_of
from BE.core.http.pagination import PageQuery, PageResponse
from BE.core.http.responses import to_json
from BE.core.http.spreadsheet import from_cell, split_cell, to_cell, to_csv
from BE.core.types import FullDate, RequestSchema, ResponseSchema, UtcDatetime, ZoneName, line, text
from BE.modules.tasks.exceptions import TooManyRows
from BE.modules.tasks.models import (
    NEWEST_FIRST,
    CreateTask,
    DeleteTask,
    Operation,
    Priority,
    Status,
    Task,
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


class CreateTaskRequest(RequestSchema):
    title: Title
    description: Description | None = None
    status: Status = "todo"
    priority: Priority = "none"
    due_at: UtcDatetime | None = None
    due_on: DueOn = None
    tags: Tags = Field(default_factory=list)


class ChangeTaskRequest(RequestSchema):
    """Every field may be absent, and three may be null. The defaults are never used."""

    title: Title = Field(default_factory=str)
    description: Description | None = None
    status: Status = Field(default_factory=lambda: "todo")
    priority: Priority = Field(default_factory=lambda: "none")
    due_at: UtcDatetime | None = None
    due_on: DueOn = None
    tags: Tags = Field(default_factory=list)


class FindTasksQuery(PageQuery):
    status: Annotated[list[Status], Field(max_length=20)] = Field(default_factory=list)
    priority: Annotated[list[Priority], Field(max_length=20)] = Field(default_factory=list)
    tag: Tags = Field(default_factory=list)
    due_before: UtcDatetime | None = None
    due_after: UtcDatetime | None = None
    overdue: bool | None = None
    q: Annotated[str, text(200)] | None = None
    tz: ZoneName = "UTC"
    sort_by: TaskSort = "created_at"
    sort_order: Literal["asc", "desc"] | None = None
    total: bool = Field(default=False, description="Also count every task that matches")

    @property
    def filter(self) -> TaskFilter:
        return TaskFilter(
            status=tuple(sorted(set(self.status))),
            priority=tuple(sorted(set(self.priority))),
            tag=tuple(sorted(set(self.tag))),
            due_before=self.due_before,
            due_after=self.due_after,
            overdue=self.overdue,
            q=self.q if self.q and any(map(str.isalnum, self.q)) else None,
            tz=self.tz,
        )

    @property
    def order(self) -> TaskOrder:
        if self.sort_order is None:
            return TaskOrder(self.sort_by, self.sort_by in NEWEST_FIRST)
        return TaskOrder(self.sort_by, self.sort_order == "desc")


class MoveTaskRequest(RequestSchema):
    after: UUID | None


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
                CreateOperation | UpdateOperation | DeleteOperation, Field(discriminator="op")
            ]
        ],
        Field(min_length=1, max_length=500),
    ]


class StatsQuery(RequestSchema):
    tz: ZoneName = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)


class ExportQuery(RequestSchema):
    format: Literal["csv", "json"] = "csv"


class ImportQuery(RequestSchema):
    dry_run: bool = False


class ImportedTask(CreateTaskRequest):
    """An exported task. The server makes its own ids, times and versions, and keeps the order."""

    position: Annotated[str, text(200)] | None = None


class ImportTasksRequest(RequestSchema):
    """An export, or tasks written like one. What the server makes may be there; it is ignored."""

    items: list[ImportedTask]


class TaskResponse(ResponseSchema):
    id: UUID
    owner_id: UUID
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_at: datetime | None
    due_on: date | None
    tags: list[str]
    position: str
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    deleted_at: datetime | None


class TasksResponse(ResponseSchema):
    items: list[TaskResponse]


class TaskPageResponse(PageResponse[TaskResponse]):
    pass


class TaskListResponse(TaskPageResponse):
    total: int = Field(default=0, description="How many tasks match, if `total=true` asks for it")


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


class ImportResponse(ResponseSchema):
    rows: int
    imported: int
    ids: list[UUID]
    """Of the tasks that were created, in their order by hand."""


_COLUMNS = tuple(TaskResponse.model_fields)
_MADE_BY_SERVER = set(_COLUMNS) - set(ImportedTask.model_fields)
_MAX_FAULTS = 1000
_MAX_ROWS = 1000


async def export_csv(tasks: AsyncIterator[Task]) -> AsyncIterator[bytes]:
    """A row of column names, then a row per task; the tags are CSV inside their cell."""
    yield to_csv([_COLUMNS]).encode()
    async for task in tasks:
        yield to_csv([[_cell(getattr(task, name)) for name in _COLUMNS]]).encode()


async def export_json(tasks: AsyncIterator[Task]) -> AsyncIterator[bytes]:
    """``{"items": [...]}``, like a page without a cursor."""
    yield b'{"items":['
    comma = b""
    async for task in tasks:
        yield comma + to_json(task)
        comma = b","
    yield b"]}"


def import_csv(body: bytes) -> list[TaskDraft]:
    """Raises :class:`InvalidInputError`, which names every invalid row and column.

    Raises :class:`NotReadable` where the file is no CSV.
    Raises :class:`TooManyRows` at the first row beyond the limit, and reads no further.
    """
    file = CsvFile(body)
    rows = file.rows()
    _, names = next(rows, (1, list[str]()))
    if "title" not in names or len(set(names)) < len(names) or not set(names) <= {*_COLUMNS}:
        message = (
            f"The first row must name the columns: title, and others of {', '.join(_COLUMNS)}"
            f" (the file was read as {file.description})"
        )
        raise InvalidInputError(details=[Detail("body.row.1", message, "columns")])
    first = list(islice(rows, _MAX_ROWS + 1))
    if len(first) > _MAX_ROWS:
        raise TooManyRows(f"body.row.{first[-1][0]}", most=_MAX_ROWS)
    return _drafts((f"body.row.{number}", _fields(names, row)) for number, row in first)


def import_json(value: Any) -> list[TaskDraft]:
    """Raises :class:`InvalidInputError`, which names every invalid item and field.

    Raises :class:`TooManyRows` before it validates any item.
    """
    try:
        items = _ImportedItems.model_validate(value).items
    except ValidationError as error:
        raise InvalidInputError(
            details=[detail_of(fault, "body") for fault in error.errors()]
        ) from None
    if len(items) > _MAX_ROWS:
        raise TooManyRows("body.items", most=_MAX_ROWS)
    return _drafts((f"body.items.{index}", item) for index, item in enumerate(items))


class _ImportedItems(RequestSchema):
    items: list[Any]


def _drafts(rows: Iterable[tuple[str, Any]]) -> list[TaskDraft]:
    tasks: list[ImportedTask] = []
    faults: list[Detail] = []
    refused = 0
    for place, row in rows:
        sent = row
        if isinstance(row, dict):
            sent = {name: value for name, value in row.items() if name not in _MADE_BY_SERVER}
        try:
            tasks.append(ImportedTask.model_validate(sent))
        except ValidationError as error:
            refused += 1
            if len(faults) < _MAX_FAULTS:
                faults += [detail_of(fault, place) for fault in error.errors()]
    if refused:
        message = f"{refused} of {refused + len(tasks)} tasks are not valid"
        raise InvalidInputError(message, details=faults)
    tasks.sort(key=lambda task: (task.position is None, task.position))
    return [cast(TaskDraft, task.model_dump(exclude={"position"})) for task in tasks]


def _cell(value: Any) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list():
            return to_cell(to_csv([value]).removesuffix("\r\n") if value else None)
        case str() | None:
            return to_cell(value)
    return str(value)


def _fields(names: list[str], row: list[str]) -> dict[str, Any]:
    """The fields of a row; an empty cell is no field."""
    cells = zip(names, row, strict=False)
    fields: dict[str, Any] = {
        name: text for name, cell in cells if (text := from_cell(cell)) is not None
    }
    if "tags" in fields:
        fields["tags"] = split_cell(fields["tags"])
    if any(row[len(names) :]):
        fields[""] = "a cell without a column"
    return fields
