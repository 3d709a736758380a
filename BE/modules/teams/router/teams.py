from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response, status

from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.errors import answers, raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfMatchHeader
from BE.core.http.responses import CREATED, WITH_ETAG, Json, created, no_content, versioned
from BE.core.http.routes import module_router
from BE.core.http.team_access import in_team
from BE.modules.teams.schemas import (
    ChangeMemberRequest,
    ChangeTeamRequest,
    CreateTeamRequest,
    MemberPageResponse,
    MemberResponse,
    TeamPageResponse,
    TeamResponse,
)
from BE.modules.teams.service import MembershipService, TeamService

router = module_router("teams", access=SIGNED_IN, keys=keys_with("teams:read", "teams:write"))

Service = Provided[TeamService]
Members = Provided[MembershipService]

_LAST_OWNER = answers(409, "LAST_OWNER")


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=TeamResponse,
    responses=raises(409, body=True) | CREATED,
    dependencies=[IDEMPOTENT],
)
async def create_team(
    body: CreateTeamRequest, request: Request, user: CurrentUser, service: Service
) -> Response:
    """Make a team, which the caller owns."""
    team = await service.create(user.user_id, body.name)
    return created(request, team, team)


@router.get("", response_model=TeamPageResponse)
async def list_teams(
    query: Annotated[PageQuery, Query()], user: CurrentUser, service: Service
) -> Response:
    """The teams of which the caller is a member, the newest first."""
    return Json(await service.page(user.user_id, limit=query.limit, cursor=query.cursor))


# without 304: members of other roles see another answer of the same version
@router.get(
    "/{team_id}",
    response_model=TeamResponse,
    responses=WITH_ETAG,
    dependencies=[in_team("viewer")],
)
async def read_team(team_id: UUID, user: CurrentUser, service: Service) -> Response:
    team = await service.get(user.user_id, team_id)
    return versioned(team, team)


@router.patch(
    "/{team_id}",
    response_model=TeamResponse,
    responses=raises(412, body=True) | WITH_ETAG,
    dependencies=[in_team("admin")],
)
async def change_team(
    team_id: UUID,
    body: ChangeTeamRequest,
    user: CurrentUser,
    service: Service,
    if_match: IfMatchHeader,
) -> Response:
    """Rename the team. Its slug stays."""
    name = body.name if "name" in body.model_fields_set else None
    team = await service.rename(user.user_id, team_id, name, if_match.versions_of(team_id))
    return versioned(team, team)


@router.delete(
    "/{team_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(412),
    dependencies=[in_team("owner")],
)
async def delete_team(
    team_id: UUID, user: CurrentUser, service: Service, if_match: IfMatchHeader
) -> Response:
    """Delete the team and everything that belongs to it. This cannot be undone."""
    await service.delete(user.user_id, team_id, if_match.versions_of(team_id))
    return no_content()


@router.get(
    "/{team_id}/members", response_model=MemberPageResponse, dependencies=[in_team("viewer")]
)
async def list_members(
    team_id: UUID, query: Annotated[PageQuery, Query()], members: Members
) -> Response:
    """The earliest to join first."""
    return Json(await members.page(team_id, limit=query.limit, cursor=query.cursor))


@router.patch(
    "/{team_id}/members/{user_id}",
    response_model=MemberResponse,
    responses=raises(body=True) | _LAST_OWNER,
    dependencies=[in_team("admin")],
)
async def change_member(
    team_id: UUID, user_id: UUID, body: ChangeMemberRequest, user: CurrentUser, members: Members
) -> Response:
    """Give a member another role, not above the caller's; admins cannot change owners."""
    return Json(await members.change_role(user.user_id, team_id, user_id, body.role))


@router.delete(
    "/{team_id}/members/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_LAST_OWNER,
    dependencies=[in_team("viewer")],
)
async def remove_member(
    team_id: UUID, user_id: UUID, user: CurrentUser, members: Members
) -> Response:
    """Leave the team; or, as an admin or an owner, remove a member. Only owners remove owners."""
    await members.remove(user.user_id, team_id, user_id)
    return no_content()
