"""The tables of teams, a repository per subject."""

from BE.modules.teams.repository.invitations import InvitationRepository
from BE.modules.teams.repository.teams import TeamRepository

__all__ = ["InvitationRepository", "TeamRepository"]
