from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from BE.core.events import Event, EventBus
from BE.core.security.passwords import Passwords
from BE.modules.auth.events import (
    UserDeactivated,
    UserDeleted,
    UserDeletionSettled,
    UserReactivated,
    UserRoleChanged,
)
from BE.modules.auth.exceptions import AccountNotFound, LastAdmin, WeakPassword
from BE.modules.auth.models import Account, AccountChanges, AccountDraft
from BE.modules.auth.ports import NewUser
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.service.accounts import AccountService
from BE.modules.auth.service.api_keys import ApiKeyService
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.sessions import SessionService


class AdministrationService:
    """Operations of admins on accounts, in the ambient transaction.

    A change that removes an active admin locks all active admins first. Of two such changes at
    once, the second sees the result of the first.
    """

    def __init__(
        self,
        repository: AuthRepository,
        events: EventBus,
        accounts: AccountService,
        sessions: SessionService,
        api_keys: ApiKeyService,
        passwords: Passwords,
        policy: PasswordPolicy,
        *,
        settling: timedelta,
    ) -> None:
        """``settling`` is how long a request may still write after its session has ended."""
        self._repository = repository
        self._events = events
        self._accounts = accounts
        self._sessions = sessions
        self._api_keys = api_keys
        self._passwords = passwords
        self._policy = policy
        self._settling = settling

    def require_strong_passwords(self, drafts: Sequence[NewUser]) -> None:
        """Raises :class:`WeakPassword`, naming every weak one, as ``drafts.3.password``."""
        faults = [
            self._policy.fault_of(
                draft.password,
                draft.email,
                draft.username,
                draft.full_name,
                field=f"drafts.{index}.password",
            )
            for index, draft in enumerate(drafts)
        ]
        if any(faults):
            raise WeakPassword(*filter(None, faults))

    async def hash_passwords(self, drafts: Sequence[NewUser]) -> list[str]:
        """Hash their passwords, while no sign-in waits for a thread."""
        return await self._passwords.hash_all([draft.password for draft in drafts])

    async def find(self, email: str) -> UUID | None:
        account = await self._repository.account_by_email(email)
        return account.id if account else None

    async def active_admin_exists(self) -> bool:
        return await self._repository.active_admin_exists()

    async def taken(self, emails: Sequence[str]) -> set[str]:
        """Return those of ``emails`` that have an account."""
        return await self._repository.taken(emails)

    async def verified(self, account_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of ``account_ids`` whose email is verified."""
        return await self._repository.verified(account_ids)

    async def open(self, drafts: Sequence[NewUser], password_hashes: Sequence[str]) -> None:
        """Create their accounts in the ambient transaction and publish :class:`UserRegistered`.

        Raises :class:`EmailTaken`, and what a subscriber raises.
        """
        await self._accounts.open(
            *(
                AccountDraft(
                    draft.id,
                    draft.email,
                    password_hash,
                    draft.full_name,
                    draft.username,
                    draft.role,
                )
                for draft, password_hash in zip(drafts, password_hashes, strict=True)
            )
        )

    async def change(self, account_id: UUID, changes: AccountChanges) -> AccountChanges:
        """Change role and status, and return those of ``changes`` that had an effect.

        A change ends every session and API key of the account. Raises :class:`AccountNotFound`,
        :class:`LastAdmin`.
        """
        losing: list[str] = []
        if changes.get("role") == "user":
            losing.append("role")
        if changes.get("is_active") is False:
            losing.append("is_active")
        account = await self._lock(account_id, may_be_lost=bool(losing), fields=losing)
        changed = replace(account, **changes)
        applied: AccountChanges = {}
        events: list[Event] = []
        if changed.role != account.role:
            applied["role"] = changed.role
            events.append(UserRoleChanged(user_id=account_id, role=changed.role))
        if changed.is_active != account.is_active:
            applied["is_active"] = changed.is_active
            event = UserReactivated if changed.is_active else UserDeactivated
            events.append(event(user_id=account_id))
        if applied:
            await self._repository.change_account(changed)
            await self._sessions.end(account_id)
            await self._api_keys.revoke_all(account_id)
            await self._events.publish(*events)
        return applied

    async def delete(self, account_id: UUID) -> None:
        """Delete the account, its sessions and API keys.

        Publishes :class:`UserDeleted` at once, and :class:`UserDeletionSettled` when no request
        that was admitted before can still write.

        Raises :class:`AccountNotFound`, :class:`LastAdmin`.
        """
        await self._lock(account_id, may_be_lost=True)
        await self._sessions.end(account_id)
        await self._api_keys.revoke_all(account_id)
        await self._events.publish(UserDeleted(user_id=account_id))
        await self._events.publish_later(UserDeletionSettled(user_id=account_id), self._settling)
        await self._repository.delete_account(account_id)

    async def _lock(
        self, account_id: UUID, *, may_be_lost: bool, fields: Sequence[str] = ()
    ) -> Account:
        """Raises :class:`AccountNotFound`; :class:`LastAdmin`, which names the ``fields``."""
        others: set[UUID] = set()
        if may_be_lost:
            others = {*await self._repository.lock_active_admins()} - {account_id}
        account = await self._repository.lock_account(account_id)
        if account is None:
            raise AccountNotFound
        if may_be_lost and account.is_active_admin and not others:
            raise LastAdmin(*fields)
        return account
