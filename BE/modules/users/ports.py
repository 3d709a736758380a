from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from BE.core.security.principals import Principal
from BE.modules.users.models import AccountChanges, UserDraft


class Accounts(Protocol):
    """The accounts behind the users, which ``auth`` owns."""

    def require_strong_passwords(self, drafts: Sequence[UserDraft]) -> None:
        """Raise :class:`InvalidInputError`, naming weak passwords, as ``drafts.3.password``."""

    async def hash_passwords(self, drafts: Sequence[UserDraft]) -> list[str]: ...

    async def find(self, email: str) -> UUID | None: ...

    async def active_admin_exists(self) -> bool: ...

    async def taken(self, emails: Sequence[str]) -> set[str]:
        """Return those of ``emails`` that have an account."""

    async def verified(self, account_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of ``account_ids`` whose email is verified."""

    async def open(self, drafts: Sequence[UserDraft], password_hashes: Sequence[str]) -> None:
        """Create their accounts in the ambient transaction, and publish ``user.registered``.

        Raises :class:`ConflictError` if an email is taken, and what a subscriber raises.
        """

    async def change(self, account_id: UUID, changes: AccountChanges) -> AccountChanges:
        """Change role and status in the ambient transaction, and end the sessions of the account.

        Return those of ``changes`` that had an effect. Raises :class:`ConflictError` if no active
        admin would be left.
        """

    async def delete(self, account_id: UUID) -> None:
        """Delete the account in the ambient transaction, and publish ``user.deleted``.

        Raises :class:`ConflictError` where no active admin would be left.
        """


class PasswordProof(Protocol):
    async def prove(self, who: Principal, password: str | None) -> None:
        """Raise :class:`UnauthorizedError` unless ``password`` is that of the account.

        An account without a password needs no proof; for any other, a missing password is
        :class:`InvalidInputError`. Raises :class:`RateLimitedError` after too many failures.
        """
