"""What the core needs to know of a session; the sessions belong to a context."""

from typing import Protocol
from uuid import UUID

from BE.core.exceptions import ForbiddenError, UnauthorizedError


class SessionEnded(UnauthorizedError):
    """The session has ended, sign in again"""


class StepUpRequired(ForbiddenError):
    """Confirm first that it is you"""

    code = "STEP_UP_REQUIRED"


class SessionCheck(Protocol):
    async def check(self, session_id: UUID) -> None:
        """Raise :class:`SessionEnded`, or :class:`UnavailableError` when it cannot be known."""


class FreshnessCheck(Protocol):
    async def require_fresh(self, session_id: UUID) -> None:
        """Raise :class:`StepUpRequired` unless its holder proved who they are a moment ago."""
