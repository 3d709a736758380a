from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID


class Users(Protocol):
    """The users, whom this context does not know."""

    async def names_and_emails(self, user_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """The full name and the email of those who exist."""
