from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event
from BE.core.security.team_roles import TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCreated(Event):
    name = "team.created"
    key = "team_id"

    team_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRenamed(Event):
    name = "team.renamed"
    key = "team_id"

    team_id: UUID
    team_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDeleted(Event):
    """The team is gone, with all its memberships, those of ``member_ids``."""

    name = "team.deleted"
    key = "team_id"

    team_id: UUID
    member_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInvitationCreated(Event):
    name = "team.invitation_created"

    team_id: UUID
    invitation_id: UUID
    role: TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInvitationRevoked(Event):
    name = "team.invitation_revoked"

    team_id: UUID
    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberJoined(Event):
    """A user accepted an invitation."""

    name = "team.member_joined"
    key = "team_id"

    team_id: UUID
    user_id: UUID
    role: TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRoleChanged(Event):
    name = "team.member_role_changed"
    key = "team_id"

    team_id: UUID
    user_id: UUID
    role: TeamRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRemoved(Event):
    """A member left the team, was removed by the actor, or no longer has an account."""

    name = "team.member_removed"
    key = "team_id"

    team_id: UUID
    user_id: UUID
