from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import Query, Request, Response, status

from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfNoneMatchHeader
from BE.core.http.responses import (
    CREATED,
    NOT_MODIFIED,
    Json,
    created,
    no_content,
    tagged,
)
from BE.core.http.routes import module_router
from BE.modules.tasks.models import TaskDraft, rows_of
from BE.modules.tasks.router.owners import Counted, Whose
from BE.modules.tasks.schemas.requests import (
    BulkRequest,
    CreateTaskRequest,
    FindTasksQuery,
    HistoryQuery,
    RestoreTasksRequest,
    StatsQuery,
)
from BE.modules.tasks.schemas.responses import (
    BulkResponse,
    TagsResponse,
    TaskHistoryResponse,
    TaskListResponse,
    TaskPageResponse,
    TaskResponse,
    TasksResponse,
    TaskStatsResponse,
)
from BE.modules.tasks.service import BulkService, TaskBulks, TaskService

router = module_router("tasks", access=SIGNED_IN, keys=keys_with("tasks:read", "tasks:write"))

Service = Provided[TaskService]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=TaskResponse,
    responses=raises(404, 409, body=True) | CREATED,
    dependencies=[IDEMPOTENT],
)
async def create_task(
    body: CreateTaskRequest, request: Request, owner: Whose, service: Service
) -> Response:
    with arguments_at({"assignee_id": "body.assignee_id"}):
        task = await service.create(owner, cast(TaskDraft, body.model_dump()))
    return created(request, task, task)


@router.get("", response_model=TaskListResponse, responses=raises(404) | NOT_MODIFIED)
async def list_tasks(
    query: Annotated[FindTasksQuery, Query()],
    owner: Whose,
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
    return tagged(content, owner.id, if_none_match)


@router.get("/trash", response_model=TaskPageResponse, responses=raises(404))
async def list_trash(
    query: Annotated[PageQuery, Query()], owner: Whose, service: Service
) -> Response:
    """The tasks deleted less than 30 days ago, the last deleted first."""
    return Json(await service.trash(owner, limit=query.limit, cursor=query.cursor))


@router.delete("/trash", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404))
async def empty_trash(owner: Whose, service: Service) -> Response:
    """Delete the tasks in the trash for good."""
    await service.empty_trash(owner)
    return no_content()


@router.post("/trash/restore", response_model=TasksResponse, responses=raises(404, 409, body=True))
async def restore_tasks(
    body: RestoreTasksRequest,
    user: CurrentUser,
    owner: Whose,
    service: Service,
    batches: Provided[TaskBulks],
) -> Response:
    """Take all these tasks out of the trash, or none."""
    async with batches.turn(user.user_id):
        await batches.draw(user.user_id, len(body.ids))
        with arguments_at({"ids": "body.ids"}):
            return Json({"items": await service.restore_all(owner, body.ids)})


@router.get("/tags", response_model=TagsResponse, responses=raises(404) | NOT_MODIFIED)
async def list_tags(owner: Counted, service: Service, if_none_match: IfNoneMatchHeader) -> Response:
    """The tags in use, the most frequent first, at most 1 000; the trash does not count."""
    return tagged({"items": await service.tags(owner)}, owner.id, if_none_match)


@router.get("/stats", response_model=TaskStatsResponse, responses=raises(404) | NOT_MODIFIED)
async def read_task_stats(
    query: Annotated[StatsQuery, Query()],
    owner: Counted,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """Counts. Days and weeks are those of a time zone; a week begins on Monday."""
    stats = asdict(await service.stats(owner, query.zone))
    return tagged(stats, owner.id, if_none_match, without=("timestamp",))


@router.get(
    "/stats/history", response_model=TaskHistoryResponse, responses=raises(404) | NOT_MODIFIED
)
async def read_task_history(
    query: Annotated[HistoryQuery, Query()],
    owner: Counted,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """Tasks created and completed by day or week, the current one last, and the totals after each.

    It is computed from the current tasks: it excludes the trash, and a task that was completed and
    reopened counts as never completed. Days are those of a time zone; weeks begin on Monday and are
    whole.
    """
    items = await service.history(owner, query.zone, days=query.days, interval=query.interval)
    return tagged({"items": items}, owner.id, if_none_match)


@router.post(
    "/bulk",
    response_model=BulkResponse,
    responses=raises(404, 409, 412, body=True),
    dependencies=[IDEMPOTENT],
)
async def change_tasks_together(
    body: BulkRequest,
    user: CurrentUser,
    owner: Whose,
    bulk: Provided[BulkService],
    batches: Provided[TaskBulks],
) -> Response:
    """Carry out all operations, as if one after the other, or none.

    Each task has its events only once, for its final state.
    """
    async with batches.turn(user.user_id):
        operations = [operation.to_operation() for operation in body.operations]
        await batches.draw(user.user_id, rows_of(operations))
        with arguments_at({"operations": "body.operations"}):
            return Json({"items": await bulk.carry_out(owner, operations)})
