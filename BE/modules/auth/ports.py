from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class Profiles(Protocol):
    """Who somebody is, which auth does not know."""

    async def names_of(self, user_id: UUID) -> Sequence[str]:
        """Return the names that a password of theirs must not contain."""
