from typing import Protocol
from uuid import UUID


class Accounts(Protocol):
    async def email_of(self, account_id: UUID) -> str | None:
        """``None`` when the account is gone."""


class Verifications(Protocol):
    async def issue(self, account_id: UUID) -> tuple[str, str] | None:
        """A mailbox and a token that verifies it; ``None`` when there is nothing to verify."""


class PasswordResets(Protocol):
    async def issue_reset(self, account_id: UUID) -> tuple[str, str] | None:
        """A mailbox and a token that sets a password; ``None`` when nobody may have one."""
