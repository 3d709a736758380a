from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID


class Users(Protocol):
    """The users, which this context does not know."""

    async def names_and_emails(self, user_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """The full name and the email of those who exist."""


class Mailboxes(Protocol):
    """Who reads which mailbox."""

    async def prove(self, user_id: UUID, email: str) -> bool:
        """Verify ``email`` by a link from there, in the ambient transaction.

        Locks the user's account. ``False`` if it has another email.
        """


class MailsToOthers(Protocol):
    """Limits how many mails a user may cause to others."""

    async def draw(self, user_id: UUID, email: str) -> None:
        """Raises :class:`RateLimitedError`."""
