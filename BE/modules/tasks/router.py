from dataclasses import asdict
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from BE.core.exceptions import UnsupportedMediaTypeError
from BE.core.http.access import SELF_OR_ADMIN, SIGNED_IN, CurrentUser, keys_with
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.documentation.schemas import schema_of
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.json_bodies import media_type, parse_json
from BE.core.http.large_bodies import beside_the_loop
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    CREATED,
    NOT_MODIFIED,
    WITH_ETAG,
    Json,
    created,
    no_content,
    tagged,
    versioned,
)
from BE.core.http.routes import mirrored, module_router
from BE.core.http.streaming import Stream, Streams
from BE.modules.tasks.models import TaskChanges, TaskDraft, rows_of
from BE.modules.tasks.schemas.exports import export_csv, export_json
from BE.modules.tasks.schemas.imports import ImportTasksRequest, import_csv, import_json
from BE.modules.tasks.schemas.requests import (
    BulkRequest,
    ChangeTaskRequest,
    CreateTaskRequest,
    ExportQuery,
    FindTasksQuery,
    HistoryQuery,
    ImportQuery,
    MoveTaskRequest,
    RestoreTasksRequest,
    StatsQuery,
)
from BE.modules.tasks.schemas.responses import (
    BulkResponse,
    ImportResponse,
    TagsResponse,
    TaskHistoryResponse,
    TaskListResponse,
    TaskPageResponse,
    TaskResponse,
    TasksResponse,
    TaskStatsResponse,
)
from BE.modules.tasks.service import BulkService, OrderService, TaskBulks, TaskImports, TaskService

router = module_router("tasks", access=SIGNED_IN, keys=keys_with("tasks:read", "tasks:write"))

Service = Provided[TaskService]


async def _named_owner(user_id: UUID, request: Request) -> None:
    request.state.owner_id = user_id


async def _owner(request: Request, user: CurrentUser, service: Service) -> UUID:
    """The owner of the tasks: the user in the path, else the caller."""
    owner_id: UUID = getattr(request.state, "owner_id", user.user_id)
    if owner_id != user.user_id:
        await service.require_user(owner_id)
    return owner_id


Owner = Annotated[UUID, Depends(_owner)]

_IMPORT_EXAMPLE = "title,priority,tags\r\nWrite the note,high,work\r\n"
_EXPORT_EXAMPLE = "id,title,…\r\n019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f,Write the note,…\r\n"
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Every task",
        "content": {
            "text/csv": {"schema": {"type": "string", "examples": [_EXPORT_EXAMPLE]}},
            "application/json": {"schema": schema_of(TasksResponse)},
        },
        "x-headers": ["Content-Disposition"],
    }
}
_MAX_IMPORTED_VALUES = 50_000  # as many as an export of 1 MiB can have
_IMPORTED = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "examples": [_IMPORT_EXAMPLE]}},
            "application/json": {"schema": schema_of(ImportTasksRequest)},
        },
    },
}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=TaskResponse,
    responses=raises(404, 409, body=True) | CREATED,
    dependencies=[IDEMPOTENT],
)
async def create_task(
    body: CreateTaskRequest, request: Request, owner: Owner, service: Service
) -> Response:
    task = await service.create(owner, cast(TaskDraft, body.model_dump()))
    return created(request, task, task)


@router.get("", response_model=TaskListResponse, responses=raises(404) | NOT_MODIFIED)
async def list_tasks(
    query: Annotated[FindTasksQuery, Query()],
    owner: Owner,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """Find tasks; without a filter all of them, the newest first."""
    page = await service.page(
        owner, query.filter, query.order, limit=query.limit, cursor=query.cursor
    )
    content: dict[str, Any] = {"items": page.items, "next_cursor": page.next_cursor}
    if query.total:
        content["total"] = await service.count(owner, query.filter)
    return tagged(content, owner, if_none_match)


@router.get("/trash", response_model=TaskPageResponse, responses=raises(404))
async def list_trash(
    query: Annotated[PageQuery, Query()], owner: Owner, service: Service
) -> Response:
    """The tasks deleted less than 30 days ago, the last deleted first."""
    return Json(await service.trash(owner, limit=query.limit, cursor=query.cursor))


@router.delete("/trash", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404))
async def empty_trash(owner: Owner, service: Service) -> Response:
    """Delete for good what is in the trash."""
    await service.empty_trash(owner)
    return no_content()


@router.post("/trash/restore", response_model=TasksResponse, responses=raises(404, 409, body=True))
async def restore_tasks(
    body: RestoreTasksRequest,
    user: CurrentUser,
    owner: Owner,
    service: Service,
    batches: Provided[TaskBulks],
) -> Response:
    """Take all these tasks out of the trash, or none."""
    async with batches.turn(user.user_id):
        await batches.draw(user.user_id, len(body.ids))
        with arguments_at({"ids": "body.ids"}):
            return Json({"items": await service.restore_all(owner, body.ids)})


@router.get("/tags", response_model=TagsResponse, responses=raises(404) | NOT_MODIFIED)
async def list_tags(owner: Owner, service: Service, if_none_match: IfNoneMatchHeader) -> Response:
    """The tags in use, the most frequent first, at most 1 000; the trash does not count."""
    return tagged({"items": await service.tags(owner)}, owner, if_none_match)


@router.get("/stats", response_model=TaskStatsResponse, responses=raises(404) | NOT_MODIFIED)
async def read_task_stats(
    query: Annotated[StatsQuery, Query()],
    owner: Owner,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """Counts. Days and weeks are those of a time zone; a week begins on Monday."""
    stats = asdict(await service.stats(owner, query.zone))
    return tagged(stats, owner, if_none_match, without=("timestamp",))


@router.get(
    "/stats/history", response_model=TaskHistoryResponse, responses=raises(404) | NOT_MODIFIED
)
async def read_task_history(
    query: Annotated[HistoryQuery, Query()],
    owner: Owner,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """What was created and completed by day or week, the present one last, and what it left.

    It is what the tasks of today tell: none of the trash, and a task that was done and is open
    again was never done. Days are those of a time zone; weeks begin on Monday and are whole.
    """
    items = await service.history(owner, query.zone, days=query.days, interval=query.interval)
    return tagged({"items": items}, owner, if_none_match)


@router.post(
    "/bulk",
    response_model=BulkResponse,
    responses=raises(404, 409, 412, body=True),
    dependencies=[IDEMPOTENT],
)
async def change_tasks_together(
    body: BulkRequest,
    user: CurrentUser,
    owner: Owner,
    bulk: Provided[BulkService],
    batches: Provided[TaskBulks],
) -> Response:
    """Carry out all operations, as if one after the other, or none.

    A task has its events once, for the state that it has in the end.
    """
    async with batches.turn(user.user_id):
        operations = [operation.to_operation() for operation in body.operations]
        await batches.draw(user.user_id, rows_of(operations))
        with arguments_at({"operations": "body.operations"}):
            return Json({"items": await bulk.carry_out(owner, operations)})


@router.get("/export", responses=raises(404) | _EXPORTED)
async def export_tasks(
    query: Annotated[ExportQuery, Query()],
    owner: Owner,
    user: CurrentUser,
    service: Service,
    streams: Provided[Streams],
) -> Response:
    """Every task, oldest first. The first ones are read before the answer begins."""
    is_csv = query.format == "csv"
    pieces = (export_csv if is_csv else export_json)(service.export(owner))
    return await Stream.begun(
        streams.chunks(user.user_id, pieces),
        media_type="text/csv" if is_csv else "application/json",
        headers={"Content-Disposition": f'attachment; filename="tasks.{query.format}"'},
    )


@router.post(
    "/import",
    response_model=ImportResponse,
    responses=raises(404, 409, body=True),
    dependencies=[IDEMPOTENT],
    openapi_extra=_IMPORTED,
)
async def import_tasks(
    query: Annotated[ImportQuery, Query()],
    request: Request,
    user: CurrentUser,
    owner: Owner,
    service: Service,
    batches: Provided[TaskImports],
) -> Response:
    """Create every task of an export or a spreadsheet, or none.

    At most 1 000 tasks; split more into several files. `dry_run` only checks the file, and shows
    the first tasks. Ids, times and versions are new; the order of positions, if any, is kept.
    """
    async with batches.turn(user.user_id):
        drafts = await _read_drafts(request)
        if query.dry_run:
            return Json({"rows": len(drafts), "imported": 0, "ids": [], "preview": drafts[:10]})
        await batches.draw(user.user_id, len(drafts))
        ids = [task.id for task in await service.create_all(owner, drafts)]
    return Json({"rows": len(drafts), "imported": len(ids), "ids": ids, "preview": []})


async def _read_drafts(request: Request) -> list[TaskDraft]:
    body = await request.body()
    match media_type(request):
        case "text/csv" | "text/tab-separated-values" | "application/vnd.ms-excel":
            # browsers name a file of spreadsheets in each of these ways
            return await beside_the_loop(import_csv, body)
        case "application/json":
            return await beside_the_loop(_read_json, request, body)
    raise UnsupportedMediaTypeError("The body must be sent as text/csv or application/json")


def _read_json(request: Request, body: bytes) -> list[TaskDraft]:
    return import_json(parse_json(request, body, max_values=_MAX_IMPORTED_VALUES))


@router.get("/{task_id}", response_model=TaskResponse, responses=raises(404) | NOT_MODIFIED)
async def read_task(
    task_id: UUID, owner: Owner, service: Service, if_none_match: IfNoneMatchHeader
) -> Response:
    task = await service.get(owner, task_id)
    return versioned(task, task, if_none_match)


@router.patch(
    "/{task_id}", response_model=TaskResponse, responses=raises(404, 412, body=True) | WITH_ETAG
)
async def change_task(
    task_id: UUID, body: ChangeTaskRequest, owner: Owner, service: Service, if_match: IfMatchHeader
) -> Response:
    """Change what is sent."""
    changes = cast(TaskChanges, body.model_dump(exclude_unset=True))
    with arguments_at({"due_at": "body.due_at", "due_on": "body.due_on"}):
        task = await service.change(owner, task_id, changes, if_match.versions_of(task_id))
    return versioned(task, task)


@router.delete("/{task_id}", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404, 412))
async def delete_task(
    task_id: UUID, owner: Owner, service: Service, if_match: IfMatchHeader
) -> Response:
    """Move to the trash."""
    await service.delete(owner, task_id, if_match.versions_of(task_id))
    return no_content()


@router.post(
    "/{task_id}/restore", response_model=TaskResponse, responses=raises(404, 409) | WITH_ETAG
)
async def restore_task(task_id: UUID, owner: Owner, service: Service) -> Response:
    """Take out of the trash."""
    task = await service.restore(owner, task_id)
    return versioned(task, task)


@router.post(
    "/{task_id}/move",
    response_model=TaskResponse,
    responses=raises(404, 412, body=True) | WITH_ETAG,
)
async def move_task(
    task_id: UUID,
    body: MoveTaskRequest,
    owner: Owner,
    order: Provided[OrderService],
    if_match: IfMatchHeader,
) -> Response:
    """Move right after another task in the manual order, or to the front: a change of version."""
    with arguments_at({"after": "body.after"}):
        task = await order.move(owner, task_id, body.after, if_match.versions_of(task_id))
    return versioned(task, task)


by_user = mirrored(
    router,
    "users/{user_id}/tasks",
    suffix="_of_user",
    access=SELF_OR_ADMIN,
    dependency=Depends(_named_owner),
)
"""The caller's tasks under another path, and for admins the tasks of any user."""
