from typing import Protocol
from uuid import UUID


class Mailboxes(Protocol):
    async def email_of(self, account_id: UUID) -> str | None:
        """Return the mailbox of the account; ``None`` if it is gone or has none."""


class Verifications(Protocol):
    async def issue(self, account_id: UUID) -> tuple[str, str] | None:
        """Return a mailbox and a token that verifies it; ``None`` if nothing is to verify."""


class PasswordResets(Protocol):
    async def issue_reset(self, account_id: UUID) -> tuple[str, str] | None:
        """Return a mailbox and a token that sets a password; ``None`` if it may have none."""


class Invitations(Protocol):
    async def issue(self, invitation_id: UUID) -> tuple[str, str] | None:
        """Return a mailbox and a token that accepts; ``None`` if nothing is to accept."""


class EmailChanges(Protocol):
    async def issue_confirmation(self, change_id: UUID) -> tuple[str, str | None] | None:
        """Return the new mailbox and a token that confirms the change.

        If another account has the email, return its mailbox and no token. ``None`` if no mail is to
        be sent.
        """

    async def issue_cancellation(self, change_id: UUID) -> tuple[str, str] | None:
        """Return the earlier mailbox and a token that cancels; ``None`` if nothing is to cancel."""
