from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.core.exceptions import UnauthorizedError, UniqueViolationError
from BE.core.security.link_tokens import link_digest, new_link_token
from BE.core.security.principals import Principal
from BE.core.types import new_id
from BE.modules.auth.events import (
    EmailChangeCancelled,
    EmailChanged,
    EmailChangeRequested,
    PasswordResetRequested,
)
from BE.modules.auth.exceptions import InvalidLink
from BE.modules.auth.models import Account, EmailChange, Purpose
from BE.modules.auth.ports import Profiles
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import email_change_allowances
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.service.api_keys import ApiKeyService
from BE.modules.auth.service.passkeys import PasskeyService
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.throttle import Throttle

_DELETED_AT_ONCE = 1000


class EmailChangeService:
    """Changes the email of an account once the new mailbox confirms it.

    The earlier mailbox may cancel a request, and for some days revert a confirmed change: the thief
    of a session confirms faster than the owner reads mail.

    Every change locks the profile before the account, as ``users`` does.
    """

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        email_digests: EmailDigests,
        profiles: Profiles,
        passkeys: PasskeyService,
        second_factors: SecondFactors,
        api_keys: ApiKeyService,
        sessions: SessionService,
        throttle: Throttle,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._email_digests = email_digests
        self._profiles = profiles
        self._passkeys = passkeys
        self._second_factors = second_factors
        self._api_keys = api_keys
        self._sessions = sessions
        self._throttle = throttle

    async def request(self, caller: Principal, email: str) -> None:
        """Request a change, which ends an earlier request. Raises :class:`RateLimitedError`.

        Only the sending of the mails looks up whether another account has ``email``, so that
        nothing here depends on it. Requesting the account's own email only ends a pending request.
        """
        self._email_digests.note(email)
        await self._throttle.draw(email_change_allowances(caller.user_id, email))
        account = await self._repository.account_by_id(caller.user_id)
        if account is None or not account.is_active:
            raise UnauthorizedError
        if account.email == email:
            await self.withdraw(account.id)
            return
        async with self._db.transaction():
            change_id = new_id()
            if await self._repository.put_email_change(
                change_id, account.id, caller.session_id, email
            ):
                await self._events.publish(
                    EmailChangeRequested(user_id=account.id, change_id=change_id)
                )

    async def pending(self, account_id: UUID) -> EmailChange | None:
        return await self._repository.pending_email_change(account_id)

    async def withdraw(self, account_id: UUID) -> None:
        """End the pending request, if there is one."""
        async with self._db.transaction():
            change = await self._repository.drop_pending_email_change(account_id)
            if change is not None:
                await self._publish_cancelled(change)

    async def issue_confirmation(self, change_id: UUID) -> tuple[str, str | None] | None:
        """Return the new mailbox and a token that confirms.

        If another account has the email, return its mailbox and no token. ``None`` if the request
        is no longer pending, or if the email is reserved for another account.
        """
        token = new_link_token()
        digest = link_digest(token)
        change = await self._repository.put_confirm_digest(change_id, digest)
        if change is None:
            return None
        if await self._repository.may_have_email(change.account_id, change.email):
            return change.email, token
        holder = await self._repository.account_by_email(change.email)
        return (holder.email, None) if holder else None

    async def issue_cancellation(self, change_id: UUID) -> tuple[str, str] | None:
        """Return the earlier mailbox and a token that cancels the change.

        ``None`` if the request was cancelled, or if there is no earlier mailbox.
        """
        token = new_link_token()
        digest = link_digest(token)
        change = await self._repository.put_cancel_digest(change_id, digest)
        if change is None:
            return None
        if change.old_email is not None:  # the new mailbox was faster
            return change.old_email, token
        account = await self._repository.account_by_id(change.account_id)
        return (account.email, token) if account and account.has_mailbox else None

    async def confirm(self, token: str) -> None:
        """Change the email, and end every session but the requesting one, and all mailed links.

        Raises :class:`InvalidLink`, also if another account has got the email meanwhile.
        """
        digest = link_digest(token)
        found = await self._repository.confirmable_email_change(digest)
        if found is None:
            raise InvalidLink
        async with self._db.transaction():
            account = await self._lock(found.account_id)
            change = await self._repository.confirmable_email_change(digest)
            if change is None or not account.is_active:
                raise InvalidLink
            is_reversible = account.has_mailbox and account.email_verified_at is not None
            await self._repository.settle_email_change(
                change.id, account.email if is_reversible else None
            )
            await self._change(account, change.email, but=change.session_id)

    async def cancel(self, token: str) -> None:
        """Cancel a pending change, or revert a confirmed one with all that followed it.

        Reverting ends every session and API key, and the ways to sign in that were added since the
        change was requested. It mails a link to set a new password: someone else may know the
        current one. Raises :class:`InvalidLink`.
        """
        digest = link_digest(token)
        found = await self._repository.cancellable_email_change(digest)
        if found is None:
            raise InvalidLink
        async with self._db.transaction():
            account = await self._lock(found.account_id)
            change = await self._repository.cancellable_email_change(digest)
            if change is None:
                raise InvalidLink
            if change.old_email is None:
                await self._repository.drop_pending_email_change(account.id)
                await self._publish_cancelled(change)
                return
            since = change.requested_at
            await self._repository.drop_email_changes(account.id, since=since)
            await self._passkeys.remove_since(account.id, since)
            await self._second_factors.remove_since(account.id, since)
            await self._api_keys.revoke_all(account.id)
            await self._change(account, change.old_email, distrusted_since=since)
            await self._events.publish(PasswordResetRequested(user_id=account.id))

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete the addresses of past changes, in short batches."""
        while await self._repository.delete_past_email_changes(limit=_DELETED_AT_ONCE):
            pass

    async def _lock(self, account_id: UUID) -> Account:
        """Raises :class:`InvalidLink` if the account is gone."""
        if await self._profiles.lock(account_id):
            account = await self._repository.lock_account(account_id)
            if account is not None:
                return account
        raise InvalidLink

    async def _change(
        self,
        account: Account,
        email: str,
        *,
        but: UUID | None = None,
        distrusted_since: datetime | None = None,
    ) -> None:
        """Raises :class:`InvalidLink` if another account has ``email``, or may take it back."""
        try:
            await self._repository.change_email(account.id, email)
        except UniqueViolationError:
            raise InvalidLink from None
        if not await self._repository.may_have_email(account.id, email):
            raise InvalidLink
        await self._repository.end_one_time_tokens(account.id, Purpose.VERIFY_EMAIL)
        await self._sessions.end(account.id, but=but)
        await self._events.publish(
            EmailChanged(
                user_id=account.id,
                email=email,
                old_email=account.email if account.has_mailbox else None,
                distrusted_since=distrusted_since,
            )
        )

    async def _publish_cancelled(self, change: EmailChange) -> None:
        await self._events.publish(
            EmailChangeCancelled(user_id=change.account_id, change_id=change.id)
        )
