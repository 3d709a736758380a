"""The core's view of sessions, which belong to a context."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from BE.core.exceptions import ForbiddenError, UnauthorizedError
from BE.core.security.principals import Principal


class SessionEnded(UnauthorizedError):
    """The session has ended, sign in again"""


class InvalidApiKey(UnauthorizedError):
    """The API key is not valid"""


class StepUpRequired(ForbiddenError):
    """Confirm first that it is you"""

    code = "STEP_UP_REQUIRED"


@dataclass(frozen=True, slots=True)
class SecondStep:
    """An incomplete sign-in: the user who answers the challenge must prove a second factor."""

    challenge: str


class SessionCheck(Protocol):
    async def check(self, session_id: UUID) -> None:
        """Raise :class:`SessionEnded`, or :class:`UnavailableError` if that is unknown."""


async def require_live(sessions: SessionCheck, principal: Principal) -> None:
    """Raises what :meth:`SessionCheck.check` does, and :class:`InvalidApiKey` for an ended key."""
    try:
        await sessions.check(principal.session_id)
    except SessionEnded:
        if principal.is_api_key:
            raise InvalidApiKey from None
        raise


class FreshnessCheck(Protocol):
    async def require_fresh(self, session_id: UUID) -> None:
        """Raise :class:`StepUpRequired` unless its holder has just proved who they are.

        Raise :class:`SessionEnded` if it is over.
        """
