from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import PageQuery
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.core.http.team_access import in_team
from BE.modules.teams.schemas import (
    AcceptInvitationRequest,
    InvitationPageResponse,
    InvitationResponse,
    InviteRequest,
    TeamResponse,
)
from BE.modules.teams.service import InvitationService

of_team = module_router(
    "teams",
    path="teams/{team_id}/invitations",
    access=SIGNED_IN,
    keys=keys_with("teams:read", "teams:write"),
)
router = module_router(
    "teams", path="invitations", access=SIGNED_IN, keys=NO_KEYS, carries_secrets=True
)

Service = Provided[InvitationService]


@of_team.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=InvitationResponse,
    responses=raises(409, body=True),
    dependencies=[in_team("admin")],
)
async def invite(
    team_id: UUID, body: InviteRequest, user: CurrentUser, service: Service
) -> Response:
    """Mail a link, with which its recipient joins within 7 days, in a role not above the caller's.

    Another invitation to the address replaces an earlier one, whose link becomes invalid.
    """
    invitation = await service.invite(user.user_id, team_id, body.email, body.role)
    return Json(invitation, status_code=status.HTTP_201_CREATED)


@of_team.get("", response_model=InvitationPageResponse, dependencies=[in_team("admin")])
async def list_invitations(
    team_id: UUID, query: Annotated[PageQuery, Query()], service: Service
) -> Response:
    """Those that can still be accepted, the newest first."""
    return Json(await service.page(team_id, limit=query.limit, cursor=query.cursor))


@of_team.delete(
    "/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[in_team("admin")],
)
async def revoke_invitation(
    team_id: UUID, invitation_id: UUID, user: CurrentUser, service: Service
) -> Response:
    """End the link of an invitation."""
    await service.revoke(user.user_id, team_id, invitation_id)
    return no_content()


@router.post("/accept", response_model=TeamResponse, responses=raises(403, 404, 409, body=True))
async def accept_invitation(
    body: AcceptInvitationRequest, user: CurrentUser, service: Service
) -> Response:
    """Join a team with the link of a mail, which proves that the caller reads that mailbox.

    403 if the mail went to another address than the caller's; 404 for a link that was used, has
    expired, or was revoked. An existing member keeps the role.
    """
    return Json(await service.accept(user.user_id, body.token))
