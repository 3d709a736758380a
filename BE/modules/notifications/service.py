from uuid import UUID

from BE.core.mail import Mailer
from BE.core.types import new_id
from BE.modules.auth.events import (
    EmailVerificationRequested,
    PasswordChanged,
    PasswordResetRequested,
    TokenReuseDetected,
    UserRegistered,
)
from BE.modules.notifications.models import Letter, Letters
from BE.modules.notifications.ports import Accounts, PasswordResets, Verifications


class NotificationService:
    """Writes to people about what happens to their account."""

    def __init__(
        self,
        mailer: Mailer,
        letters: Letters,
        accounts: Accounts,
        verifications: Verifications,
        password_resets: PasswordResets,
    ) -> None:
        self._mailer = mailer
        self._letters = letters
        self._accounts = accounts
        self._verifications = verifications
        self._password_resets = password_resets

    async def on_user_registered(self, event: UserRegistered) -> None:
        issued = await self._verifications.issue(event.user_id)
        if issued is not None:
            mailbox, token = issued
            await self._mailer.send(self._letters.welcome(token).to(mailbox, new_id()))

    async def on_email_verification_requested(self, event: EmailVerificationRequested) -> None:
        issued = await self._verifications.issue(event.user_id)
        if issued is not None:
            mailbox, token = issued
            await self._mailer.send(self._letters.verify_email(token).to(mailbox, new_id()))

    async def on_password_reset_requested(self, event: PasswordResetRequested) -> None:
        if event.user_id is None:
            return
        issued = await self._password_resets.issue_reset(event.user_id)
        if issued is not None:
            mailbox, token = issued
            await self._mailer.send(self._letters.reset_password(token).to(mailbox, new_id()))

    async def on_password_changed(self, event: PasswordChanged) -> None:
        await self._tell(event.user_id, self._letters.password_changed())

    async def on_token_reuse_detected(self, event: TokenReuseDetected) -> None:
        await self._tell(event.user_id, self._letters.token_reused())

    async def _tell(self, account_id: UUID, letter: Letter) -> None:
        mailbox = await self._accounts.email_of(account_id)
        if mailbox is not None:
            await self._mailer.send(letter.to(mailbox, new_id()))
