from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class Teams(Protocol):
    """The teams, which this context does not know."""

    async def teams_of(self, user_id: UUID) -> Sequence[UUID]:
        """Those that the user is a member of."""
