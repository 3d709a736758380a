from datetime import datetime
from typing import Protocol
from uuid import UUID

from BE.core.security.principals import Principal


class Accounts(Protocol):
    """Accounts and their sessions, which auth owns."""

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        """Make an account without a password; ``False`` when the email is taken."""

    async def verified_account(self, email: str) -> UUID | None:
        """Return the account whose owner has proved to read mail at ``email``."""

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        """Note that ``email`` is verified; ``False`` when the account has another."""


class Passwords(Protocol):
    """What an account may be signed in with here, which auth owns."""

    async def hand_over(self, account_id: UUID) -> bool:
        """Give the account to the reader of its mail: end its password, sessions and links.

        In the transaction at hand. Returns ``False`` and changes nothing where the holder of the
        password has verified the email.
        """


class Sessions(Protocol):
    """What an account is signed in with, which auth owns."""

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        """Go on with a session, or open one where there is none or it has expired.

        ``None`` when the account is gone. Raises :class:`SessionEnded` when the session was
        ended after ``since``, or the account is not active.
        """
