from typing import Annotated, cast
from uuid import UUID

from fastapi import Query, Request, Response, status

from BE.core.dependencies import provided
from BE.core.middleware.auth import SIGNED_IN, CurrentUser
from BE.core.pagination import PageQuery
from BE.core.preconditions import IfMatch, IfNoneMatchHeader, etag
from BE.core.responses import NOT_MODIFIED, Json, no_content, raises, versioned
from BE.core.routing import module_router
from BE.modules.tasks.models import TaskChanges, TaskDraft
from BE.modules.tasks.schemas import (
    ChangeTaskRequest,
    CreateTaskRequest,
    TaskPageResponse,
    TaskResponse,
)
from BE.modules.tasks.service import TaskService

router = module_router("tasks", access=SIGNED_IN)

Service = Annotated[TaskService, provided("task_service")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=TaskResponse,
    responses=raises(401, body=True),
)
async def create_task(
    body: CreateTaskRequest, request: Request, user: CurrentUser, service: Service
) -> Response:
    task = await service.create(user.user_id, cast(TaskDraft, body.model_dump()))
    headers = {"Location": f"{request.url.path}/{task.id}", "ETag": etag(task.version)}
    return Json(task, status_code=status.HTTP_201_CREATED, headers=headers)


@router.get("", response_model=TaskPageResponse, responses=raises(401))
async def list_tasks(
    query: Annotated[PageQuery, Query()], user: CurrentUser, service: Service
) -> Response:
    """One's own tasks, newest first."""
    return Json(await service.page(user.user_id, limit=query.limit, cursor=query.cursor))


@router.get("/{task_id}", response_model=TaskResponse, responses=raises(401, 404) | NOT_MODIFIED)
async def read_task(
    task_id: UUID, user: CurrentUser, service: Service, if_none_match: IfNoneMatchHeader
) -> Response:
    task = await service.get(user.user_id, task_id)
    return versioned(task, task.version, if_none_match)


@router.patch("/{task_id}", response_model=TaskResponse, responses=raises(401, 404, 412, body=True))
async def change_task(
    task_id: UUID, body: ChangeTaskRequest, user: CurrentUser, service: Service, if_match: IfMatch
) -> Response:
    """Change what is sent."""
    changes = cast(TaskChanges, body.model_dump(exclude_unset=True))
    task = await service.change(user.user_id, task_id, changes, if_match)
    return versioned(task, task.version)


@router.delete(
    "/{task_id}", status_code=status.HTTP_204_NO_CONTENT, responses=raises(401, 404, 412)
)
async def delete_task(
    task_id: UUID, user: CurrentUser, service: Service, if_match: IfMatch
) -> Response:
    """Move to the trash."""
    await service.delete(user.user_id, task_id, if_match)
    return no_content()
