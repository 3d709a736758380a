from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from BE.core.security.team_roles import TeamRole, is_at_least
from BE.core.types import record


@record
class Team:
    """A team as one of its members sees it."""

    id: UUID
    name: str
    slug: str
    role: TeamRole
    """The member's role."""
    created_at: datetime
    version: int


@record
class Membership:
    user_id: UUID
    role: TeamRole
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    full_name: str
    email: str


@record
class Member:
    user_id: UUID
    name: str
    email: str
    role: TeamRole
    joined_at: datetime


@record
class Invitation:
    id: UUID
    email: str
    role: TeamRole
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """The content of an invitation: who may join which team, with which role."""

    team_id: UUID
    email: str
    role: TeamRole


@dataclass(frozen=True, slots=True)
class OwnedTeam:
    id: UUID
    name: str


def may_give(giver: TeamRole, role: TeamRole) -> bool:
    """Whether a member with the role ``giver`` may give someone ``role``."""
    return is_at_least(giver, "admin") and is_at_least(giver, role)


def may_touch(actor: TeamRole, other: TeamRole) -> bool:
    """Whether ``actor`` may remove another member, or give them another role."""
    return is_at_least(actor, "admin") and is_at_least(actor, other)
