from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from BE.core.emails import Email
from BE.core.http.pagination import PageResponse
from BE.core.security.team_roles import TeamRole
from BE.core.types import RequestSchema, ResponseSchema, line, text

TeamName = Annotated[str, line(100), Field(examples=["Analytical Engine"])]


class CreateTeamRequest(RequestSchema):
    name: TeamName


class ChangeTeamRequest(RequestSchema):
    name: TeamName = Field(default_factory=str)  # may be absent, not null


class ChangeMemberRequest(RequestSchema):
    role: TeamRole


class TeamResponse(ResponseSchema):
    id: UUID
    name: str
    slug: str
    role: TeamRole
    """The caller's role."""
    created_at: datetime
    version: int


class InviteRequest(RequestSchema):
    email: Email
    role: TeamRole


class AcceptInvitationRequest(RequestSchema):
    token: Annotated[str, text(256)]


class InvitationResponse(ResponseSchema):
    id: UUID
    email: str
    role: TeamRole
    created_at: datetime
    expires_at: datetime


class InvitationPageResponse(PageResponse[InvitationResponse]):
    pass


class TeamPageResponse(PageResponse[TeamResponse]):
    pass


class MemberResponse(ResponseSchema):
    user_id: UUID
    name: str
    email: str
    role: TeamRole
    joined_at: datetime


class MemberPageResponse(PageResponse[MemberResponse]):
    pass
