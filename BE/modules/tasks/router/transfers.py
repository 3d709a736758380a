from uuid import UUID

from fastapi import Response

from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.preconditions import IfMatchHeader
from BE.core.http.responses import WITH_ETAG, versioned
from BE.core.http.routes import module_router
from BE.modules.tasks.schemas.requests import TransferTaskRequest
from BE.modules.tasks.schemas.responses import TaskResponse
from BE.modules.tasks.service import TransferService

router = module_router("tasks", access=SIGNED_IN, keys=keys_with("tasks:read", "tasks:write"))


@router.post(
    "/{task_id}/transfer",
    response_model=TaskResponse,
    responses=raises(404, 409, 412, body=True) | WITH_ETAG,
    dependencies=[IDEMPOTENT],
)
async def transfer_task(
    task_id: UUID,
    body: TransferTaskRequest,
    user: CurrentUser,
    transfers: Provided[TransferService],
    if_match: IfMatchHeader,
) -> Response:
    """Give one's own task to a team in which one may write: this changes its version.

    It keeps its id, comes last in the team's order, and is read at `/teams/{team_id}/tasks` from
    then on.
    """
    task = await transfers.transfer(
        user.user_id, task_id, body.team_id, if_match.versions_of(task_id)
    )
    return versioned(task, task)
