from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import Detail, RateLimitedError, UnauthorizedError
from BE.core.security.link_tokens import link_digest
from BE.core.security.passwords import Passwords
from BE.core.security.principals import Principal
from BE.modules.auth.events import PasswordChanged, PasswordRemoved, PasswordResetRequested
from BE.modules.auth.exceptions import (
    InvalidLink,
    PasswordMissing,
    WeakPassword,
    WrongPassword,
)
from BE.modules.auth.models import (
    Account,
    Device,
    OneTimeToken,
    Purpose,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import (
    account_allowances,
    device_allowances,
    guessed_account,
    mailbox_allowance,
    reset_allowances,
    session_allowances,
)
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.service.api_keys import ApiKeyService
from BE.modules.auth.service.passkeys import PasskeyService
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.throttle import Throttle


class PasswordService:
    """Changes a password for a caller who knows it, or who reads the account's mail."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        passwords: Passwords,
        device_tokens: DeviceTokens,
        email_digests: EmailDigests,
        policy: PasswordPolicy,
        passkeys: PasskeyService,
        second_factors: SecondFactors,
        sessions: SessionService,
        api_keys: ApiKeyService,
        throttle: Throttle,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._passwords = passwords
        self._device_tokens = device_tokens
        self._email_digests = email_digests
        self._policy = policy
        self._passkeys = passkeys
        self._second_factors = second_factors
        self._sessions = sessions
        self._api_keys = api_keys
        self._throttle = throttle

    async def change(self, caller: Principal, *, current: str, new: str) -> None:
        """Change the password, and end every other session and the mailed link to reset it.

        Raises :class:`WrongPassword`, which also reports whether the new one is weak,
        :class:`WeakPassword`, and :class:`RateLimitedError` after too many failures, so that a
        stolen access token cannot be used to guess.
        """
        account = await self._account(caller.user_id)
        weakness = await self._policy.fault_for(account, new, field="new")
        faults = [weakness] if weakness else []
        await self._verify(caller, account, current, "current", *faults)
        if faults:
            raise WeakPassword(*faults)
        password_hash = await self._passwords.hash(new)
        async with self._db.transaction():
            if not await self._repository.set_password_hash(account, password_hash):
                raise WrongPassword("current")
            await self._sessions.end(account.id, but=caller.session_id)
            await self._events.publish(PasswordChanged(user_id=account.id, by_link=False))

    async def prove(self, caller: Principal, password: str | None) -> None:
        """Verify the caller's password, if the account has one.

        Raises :class:`PasswordMissing`, :class:`WrongPassword`, and :class:`RateLimitedError` as
        :meth:`change` does.
        """
        account = await self._account(caller.user_id)
        if password is not None:
            await self._verify(caller, account, password, "password")
        elif account.password_hash is not None:
            raise PasswordMissing

    async def request_reset(self, email: str, device: Device) -> None:
        """Request a link for the account of ``email``, if there is one.

        Without an account the same work is done, so that callers cannot detect it.
        """
        self._email_digests.note(email)
        await self._throttle.draw(reset_allowances(device))
        account = await self._repository.account_by_email(email)
        try:
            await self._throttle.draw([mailbox_allowance(guessed_account(email, account))])
        except RateLimitedError:
            return  # enough mails for this mailbox; the last link still works
        async with self._db.transaction():
            await self._events.publish(
                PasswordResetRequested(user_id=account.id if account else None)
            )

    async def issue_reset(self, account_id: UUID) -> tuple[str, str] | None:
        """Return the mailbox and a new token, which ends the earlier one.

        ``None`` if the account is gone or not active, or has no mailbox.
        """
        account = await self._repository.account_by_id(account_id)
        if account is None or not account.is_active or not account.has_mailbox:
            return None
        token = OneTimeToken.new(Purpose.RESET_PASSWORD)
        kept = await self._repository.put_one_time_token(account, token)
        return (account.email, token.text) if kept else None

    async def reset(self, token: str, new: str, device: Device) -> None:
        """Set the password, and end every session and API key. The link also proves the mailbox.

        If no one had proved it before, passkeys and a second factor may be someone else's: they go.

        Raises :class:`WeakPassword`, after which the token can be used again, and
        :class:`InvalidLink` for a token that is unknown, used or too old.
        """
        digest = link_digest(token)
        account = await self._repository.account_of_token(digest, Purpose.RESET_PASSWORD)
        if account is None or not account.is_active:
            raise InvalidLink
        self._email_digests.note(account.email)
        await self._policy.require_for(account, new, field="new")
        password_hash = await self._passwords.hash(new)
        async with self._db.transaction():
            # the account before its rows, the lock order of every change of an account
            await self._repository.lock_account(account.id)
            if await self._repository.use_one_time_token(digest, Purpose.RESET_PASSWORD) is None:
                raise InvalidLink
            await self._repository.replace_password_hash(account.id, password_hash)
            await self._passkeys.remove_unproven(account.id)
            await self._second_factors.remove_unproven(account.id)
            await self._repository.confirm_email(account.id, by_holder=True)
            await self._sessions.end(account.id)
            await self._api_keys.revoke_all(account.id)
            await self._events.publish(PasswordChanged(user_id=account.id, by_link=True))
        # guesses by others no longer lock the owner out
        allowances = account_allowances(guessed_account(account.email, account), device)
        device_id = self._device_tokens.device_of(device.tokens, account.id)
        if device_id is not None:
            allowances += device_allowances(device_id, device)
        await self._throttle.clear(allowances)

    async def hand_over(self, account_id: UUID) -> bool:
        """Give the account to the reader of its mail, in the ambient transaction.

        Someone else who registered the mailbox before its owner loses password, second factor,
        passkeys, sessions, API keys and links. Returns ``False`` and changes nothing if the holder
        of the password verified the email.
        """
        await self._passkeys.remove_unproven(account_id)
        await self._second_factors.remove_unproven(account_id)
        had_password = await self._repository.hand_over(account_id)
        if had_password is None:
            return False
        await self._sessions.end(account_id)
        await self._api_keys.revoke_all(account_id)
        if had_password:
            await self._events.publish(PasswordRemoved(user_id=account_id))
        return True

    async def _account(self, account_id: UUID) -> Account:
        account = await self._repository.account_by_id(account_id)
        if account is None or not account.is_active:
            raise UnauthorizedError
        return account

    async def _verify(
        self, caller: Principal, account: Account, password: str, field: str, *others: Detail
    ) -> None:
        """Guesses count only for the session, and lock no one else out.

        Raises :class:`WrongPassword`, which names ``field`` and the ``others``.
        """
        self._email_digests.note(account.email)
        allowances = session_allowances(caller.session_id)
        async with self._throttle.attempt(allowances):
            matches = await self._passwords.verify(account.password_hash, password)
        if not matches:
            raise WrongPassword(field, *others)
        await self._throttle.succeeded(allowances)
