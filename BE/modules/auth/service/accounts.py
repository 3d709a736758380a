from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.core.events import EventBus
from BE.core.exceptions import UnauthorizedError
from BE.modules.auth.events import UserRegistered
from BE.modules.auth.exceptions import EmailTaken
from BE.modules.auth.models import Account, AccountDraft
from BE.modules.auth.repository import AuthRepository


class AccountService:
    """Accounts, for sign-in and for the contexts that identify people by other names."""

    def __init__(self, database: Database, repository: AuthRepository, events: EventBus) -> None:
        self._db = database
        self._repository = repository
        self._events = events

    async def get(self, account_id: UUID) -> Account:
        """Raises :class:`UnauthorizedError` when the account is gone or not active."""
        account = await self._repository.account_by_id(account_id)
        if account is None or not account.is_active:
            raise UnauthorizedError
        return account

    async def open(self, *drafts: AccountDraft) -> list[Account]:
        """Create accounts in the ambient transaction and publish :class:`UserRegistered`.

        Raises :class:`EmailTaken`, and what a subscriber raises.
        """
        accounts = await self._repository.add_accounts(drafts)
        emails = [draft.email for draft in drafts]
        if len(accounts) < len(drafts) or await self._repository.any_reserved(emails):
            raise EmailTaken
        await self._events.publish(
            *(
                UserRegistered(
                    user_id=draft.id,
                    email=draft.email,
                    role=draft.role,
                    full_name=draft.full_name,
                    username=draft.username,
                )
                for draft in drafts
            )
        )
        return accounts

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        """Create an account without a password, for a user of another issuer.

        ``False`` if the email is taken. Raises what a subscriber raises.
        """
        try:
            async with self._db.transaction():
                await self.open(
                    AccountDraft(account_id, email, None, full_name, email_verified=email_verified)
                )
        except EmailTaken:
            return False
        return True

    async def lock(self, account_id: UUID) -> None:
        """Lock the account until the transaction ends, before anything that belongs to it."""
        await self._repository.lock_account(account_id)

    async def lock_verified(self, email: str) -> UUID | None:
        """Lock the account whose owner has verified ``email``, and return it."""
        found = await self._repository.account_by_email(email)
        account = await self._repository.lock_account(found.id) if found else None
        if account is None or account.email_verified_at is None:
            return None
        return account.id if identity_of(account.email) == identity_of(email) else None

    async def has_second_factor(self, account_id: UUID) -> bool:
        """Whether signing in to the account takes a second step."""
        account = await self._repository.account_by_id(account_id)
        return account is not None and account.has_second_factor

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        """Mark ``email`` as verified; ``False`` if the account has another email."""
        account = await self._repository.account_by_id(account_id)
        if account is None or identity_of(account.email) != identity_of(email):
            return False
        await self._repository.confirm_email(account_id, by_holder=False)
        return True

    async def email_of(self, account_id: UUID) -> str | None:
        """The account's mailbox; ``None`` if the account is gone or has none."""
        account = await self._repository.account_by_id(account_id)
        return account.email if account is not None and account.has_mailbox else None
