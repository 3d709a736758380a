from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.core.events import EventBus
from BE.core.security.link_tokens import link_digest
from BE.modules.auth.events import EmailVerificationRequested, EmailVerified
from BE.modules.auth.exceptions import InvalidLink
from BE.modules.auth.models import Device, OneTimeToken, Purpose
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import resend_allowance
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.service.throttle import Throttle


class EmailVerificationService:
    """Verifies that a mailbox belongs to the account, by a mailed link."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        device_tokens: DeviceTokens,
        throttle: Throttle,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._device_tokens = device_tokens
        self._throttle = throttle

    async def request(self, account_id: UUID) -> None:
        """Request a new link. Raises :class:`RateLimitedError`."""
        await self._throttle.draw([resend_allowance(account_id)])
        async with self._db.transaction():
            await self._events.publish(EmailVerificationRequested(user_id=account_id))

    async def issue(self, account_id: UUID) -> tuple[str, str] | None:
        """Return the mailbox and a new token, which ends the earlier one.

        ``None`` if there is nothing left to verify.
        """
        account = await self._repository.account_by_id(account_id)
        if account is None or not account.awaits_verification:
            return None
        token = OneTimeToken.new(Purpose.VERIFY_EMAIL)
        kept = await self._repository.put_one_time_token(account, token)
        return (account.email, token.text) if kept else None

    async def prove(self, account_id: UUID, email: str) -> bool:
        """Verify ``email`` by a link from there that the account's holder opened, signed in.

        In the ambient transaction. Locks the account. ``False`` if it has another email.
        """
        account = await self._repository.lock_account(account_id)
        if account is None or identity_of(account.email) != identity_of(email):
            return False
        if await self._repository.confirm_email(account_id, by_holder=True):
            await self._events.publish(EmailVerified(user_id=account_id))
        return True

    async def verify(self, token: str, device: Device, caller_id: UUID | None) -> None:
        """Verify the email. Raises :class:`InvalidLink` for a token unknown or too old.

        The token can be used again: mail scanners open links and submit their forms, before the
        reader does.

        ``caller_id`` is the account that is signed in, if any. A link may also be opened by a mail
        scanner, or by the owner of a mailbox that someone else registered. Then nothing proves that
        the password is the owner's.
        """
        async with self._db.transaction():
            digest = link_digest(token)
            account = await self._repository.account_of_token(digest, Purpose.VERIFY_EMAIL)
            if account is None:
                raise InvalidLink
            is_known_device = self._device_tokens.device_of(device.tokens, account.id) is not None
            by_holder = is_known_device or caller_id == account.id
            if await self._repository.confirm_email(account.id, by_holder=by_holder):
                await self._events.publish(EmailVerified(user_id=account.id))
