from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from BE.core.security.team_roles import TeamRole


class Users(Protocol):
    """The users, which this context does not know."""

    async def get(self, user_id: UUID) -> object:
        """Raise :class:`NotFoundError` where there is no such user."""


class Teams(Protocol):
    """The members of teams, which this context does not know."""

    async def hold_roles(
        self, team_id: UUID, user_ids: Collection[UUID]
    ) -> Mapping[UUID, TeamRole]:
        """The roles of those who are members, which stay so until the transaction ends."""
