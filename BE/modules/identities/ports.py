from datetime import datetime
from typing import Protocol
from uuid import UUID

from BE.core.security.principals import Principal


class Enrolment(Protocol):
    """The accounts behind identities, which ``auth`` owns."""

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        """Create an account without a password; ``False`` if the email is taken."""

    async def verified_account(self, email: str) -> UUID | None:
        """Return the account whose owner has verified ``email``."""

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        """Mark ``email`` as verified; ``False`` if the account has another email."""


class Handover(Protocol):
    """Gives an account to the owner of its mailbox; ``auth`` does it."""

    async def hand_over(self, account_id: UUID) -> bool:
        """End the password, sessions and links of the account, in the ambient transaction.

        Returns ``False`` and changes nothing if the holder of the password verified the email.
        """


class Sessions(Protocol):
    """The sessions of accounts, which ``auth`` owns."""

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        """Continue a session, or open one if there is none or it has expired.

        ``None`` if the account is gone. Raises :class:`SessionEnded` if the session was ended
        after ``since``, or if the account is not active.
        """
