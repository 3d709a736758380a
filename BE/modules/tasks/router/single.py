from typing import cast
from uuid import UUID

from fastapi import Response, status

from BE.core.http.access import SIGNED_IN, keys_with
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    NOT_MODIFIED,
    WITH_ETAG,
    no_content,
    versioned,
)
from BE.core.http.routes import module_router
from BE.modules.tasks.models import TaskChanges
from BE.modules.tasks.router.owners import Whose
from BE.modules.tasks.schemas.requests import (
    ChangeTaskRequest,
    MoveTaskRequest,
)
from BE.modules.tasks.schemas.responses import (
    TaskResponse,
)
from BE.modules.tasks.service import OrderService, TaskService

router = module_router("tasks", access=SIGNED_IN, keys=keys_with("tasks:read", "tasks:write"))

Service = Provided[TaskService]


@router.get("/{task_id}", response_model=TaskResponse, responses=raises(404) | NOT_MODIFIED)
async def read_task(
    task_id: UUID, owner: Whose, service: Service, if_none_match: IfNoneMatchHeader
) -> Response:
    task = await service.get(owner, task_id)
    return versioned(task, task, if_none_match)


@router.patch(
    "/{task_id}", response_model=TaskResponse, responses=raises(404, 412, body=True) | WITH_ETAG
)
async def change_task(
    task_id: UUID, body: ChangeTaskRequest, owner: Whose, service: Service, if_match: IfMatchHeader
) -> Response:
    """Change the fields that are sent."""
    changes = cast(TaskChanges, body.model_dump(exclude_unset=True))
    with arguments_at({name: f"body.{name}" for name in ("due_at", "due_on", "assignee_id")}):
        task = await service.change(owner, task_id, changes, if_match.versions_of(task_id))
    return versioned(task, task)


@router.delete("/{task_id}", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404, 412))
async def delete_task(
    task_id: UUID, owner: Whose, service: Service, if_match: IfMatchHeader
) -> Response:
    """Move to the trash."""
    await service.delete(owner, task_id, if_match.versions_of(task_id))
    return no_content()


@router.post(
    "/{task_id}/restore", response_model=TaskResponse, responses=raises(404, 409) | WITH_ETAG
)
async def restore_task(task_id: UUID, owner: Whose, service: Service) -> Response:
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
    owner: Whose,
    order: Provided[OrderService],
    if_match: IfMatchHeader,
) -> Response:
    """Move right after another task in the manual order, or to the front: a change of version."""
    with arguments_at({"after": "body.after"}):
        task = await order.move(owner, task_id, body.after, if_match.versions_of(task_id))
    return versioned(task, task)
