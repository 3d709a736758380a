from datetime import datetime, timedelta
from uuid import UUID

from BE.core.types import record

CONFIRMABLE = timedelta(hours=24)
"""How long the new mailbox may confirm a change."""

REVERSIBLE = timedelta(days=7)
"""How long the earlier mailbox may revert a confirmed change."""


@record
class EmailChange:
    """A request to give an account another email.

    It is pending until the new mailbox confirms it. After that it is kept for as long as the
    earlier mailbox may revert it, if that one was verified.
    """

    id: UUID
    account_id: UUID
    session_id: UUID
    """The session that requested it, which is not ended."""
    email: str
    requested_at: datetime
    confirmed_at: datetime | None
    old_email: str | None
    """The previous email, once the change is confirmed."""

    @property
    def expires_at(self) -> datetime:
        return self.requested_at + CONFIRMABLE
