from typing import Protocol
from uuid import UUID


class Profiles(Protocol):
    """Who somebody is, which auth does not know."""

    async def names_of(self, user_id: UUID) -> tuple[str | None, str]:
        """Return the username, if any, and the full name."""
