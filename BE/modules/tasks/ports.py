from typing import Protocol
from uuid import UUID


class Users(Protocol):
    """The users, whom this context does not know."""

    async def get(self, user_id: UUID) -> object:
        """Raise :class:`NotFoundError` where there is no such user."""
