"""The owner of the tasks that a request is about."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from BE.core.database.row_scope import enter_rows_of
from BE.core.http.access import CurrentUser
from BE.core.http.dependencies import Provided
from BE.modules.tasks.models import Owner
from BE.modules.tasks.service import TaskService

_OWNER = "tasks.owner"


async def name_user(user_id: UUID, request: Request) -> None:
    """For paths that name a user."""
    request.scope[_OWNER] = Owner(user_id)


async def name_team(team_id: UUID, request: Request, user: CurrentUser) -> None:
    """For paths that name a team, of which the caller is a member."""
    request.scope[_OWNER] = Owner(team_id, member_id=user.user_id)


async def _owner(request: Request, user: CurrentUser, service: Provided[TaskService]) -> Owner:
    """The owner in the path, else the caller."""
    owner: Owner = request.scope.get(_OWNER) or Owner(user.user_id)
    if owner.team_id is None and owner.id != user.user_id:
        await service.require_user(owner.id)
    enter_rows_of(owner.id, holds_reads=owner.team_id is not None)
    return owner


Whose = Annotated[Owner, Depends(_owner)]


async def _counted(owner: Whose) -> Owner:
    enter_rows_of(owner.id, holds_reads=True)
    return owner


Counted = Annotated[Owner, Depends(_counted)]
"""The same, for responses that count: no row shows whose tasks a statement has read."""
