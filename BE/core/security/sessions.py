"""What the core needs to know of a session; the sessions belong to a context."""

from typing import Protocol
from uuid import UUID

from BE.core.exceptions import UnauthorizedError


class SessionEnded(UnauthorizedError):
    """The session has ended, sign in again"""


class SessionCheck(Protocol):
    async def check(self, session_id: UUID) -> None:
        """Raise :class:`SessionEnded`, or :class:`UnavailableError` when it cannot be known."""
