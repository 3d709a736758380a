"""What the kernel asks of sessions, which a context keeps."""

from typing import Protocol
from uuid import UUID

from BE.core.exceptions import UnauthorizedError


class SessionEnded(UnauthorizedError):
    """The session has ended, sign in again"""


class SessionCheck(Protocol):
    async def check(self, session_id: UUID) -> None:
        """Raise :class:`SessionEnded`, or :class:`UnavailableError` when it cannot be known."""
