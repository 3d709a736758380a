from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from BE.core.security.principals import Principal
from BE.modules.users.models import AccountChanges, UserDraft


class Accounts(Protocol):
    """How somebody signs in and what they may do, which auth owns."""

    async def hash_passwords(self, drafts: Sequence[UserDraft]) -> list[str]:
        """Raise :class:`InvalidInputError`, naming weak passwords, as ``drafts.3.password``."""

    async def find(self, email: str) -> UUID | None: ...

    async def active_admin_exists(self) -> bool: ...

    async def taken(self, emails: Sequence[str]) -> set[str]:
        """Those of ``emails`` that have an account."""

    async def open(self, drafts: Sequence[UserDraft], password_hashes: Sequence[str]) -> None:
        """Make their accounts in the transaction at hand, and tell those who add to them.

        Raises :class:`ConflictError` where an email is taken, and what a subscriber raises.
        """

    async def change(self, account_id: UUID, changes: AccountChanges) -> AccountChanges:
        """Change role and status in the ambient transaction, and end the sessions of the account.

        Return those of ``changes`` that were not so already. Raises :class:`ConflictError` where
        no active admin would be left.
        """

    async def delete(self, account_id: UUID) -> None:
        """Delete the account in the transaction at hand, and tell those who hold more of it.

        Raises :class:`ConflictError` where no active admin would be left.
        """


class Passwords(Protocol):
    async def prove(self, who: Principal, password: str | None) -> None:
        """Raise :class:`UnauthorizedError` unless they know the password of their account.

        One who has none at all need not. Raises :class:`RateLimitedError` after too many failures.
        """
