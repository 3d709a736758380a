"""The use cases of teams, a service per subject."""

from BE.modules.teams.service.invitations import InvitationService
from BE.modules.teams.service.known_roles import KnownRoles
from BE.modules.teams.service.memberships import MembershipService
from BE.modules.teams.service.teams import TeamService

__all__ = ["InvitationService", "KnownRoles", "MembershipService", "TeamService"]
