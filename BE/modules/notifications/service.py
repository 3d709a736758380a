from typing import Any
from uuid import UUID, uuid5

from BE.core.events import Envelope
from BE.core.mail import Mailer
from BE.modules.auth.events import (
    ApiKeyCreated,
    EmailChanged,
    EmailChangeRequested,
    EmailVerificationRequested,
    IdentityLinked,
    IdentityUnlinked,
    NewDeviceUsed,
    PasskeyAdded,
    PasskeyCopyDetected,
    PasskeyRemoved,
    PasswordChanged,
    PasswordDropped,
    PasswordRemoved,
    PasswordResetRequested,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
    SecondFactorDisabled,
    SecondFactorEnabled,
    TokenReuseDetected,
    UserRegistered,
)
from BE.modules.exports.events import ExportCompleted
from BE.modules.notifications.models import Letter, Letters
from BE.modules.notifications.ports import (
    EmailChanges,
    Invitations,
    Mailboxes,
    PasswordResets,
    Verifications,
)
from BE.modules.teams.events import TeamInvitationCreated
from BE.modules.webhooks.events import WebhookDisabled


class NotificationService:
    """Mails people about events of their account."""

    def __init__(
        self,
        mailer: Mailer,
        letters: Letters,
        accounts: Mailboxes,
        verifications: Verifications,
        password_resets: PasswordResets,
        email_changes: EmailChanges,
        invitations: Invitations,
    ) -> None:
        self._mailer = mailer
        self._letters = letters
        self._accounts = accounts
        self._verifications = verifications
        self._password_resets = password_resets
        self._email_changes = email_changes
        self._invitations = invitations

    async def on_user_registered(self, envelope: Envelope[UserRegistered]) -> None:
        issued = await self._verifications.issue(envelope.event.user_id)
        if issued is not None:
            mailbox, token = issued
            await self._send(envelope, mailbox, self._letters.welcome(token))

    async def on_email_verification_requested(
        self, envelope: Envelope[EmailVerificationRequested]
    ) -> None:
        issued = await self._verifications.issue(envelope.event.user_id)
        if issued is not None:
            mailbox, token = issued
            await self._send(envelope, mailbox, self._letters.verify_email(token))

    async def on_password_reset_requested(self, envelope: Envelope[PasswordResetRequested]) -> None:
        account_id = envelope.event.user_id
        issued = account_id and await self._password_resets.issue_reset(account_id)
        if issued:
            mailbox, token = issued
            await self._send(envelope, mailbox, self._letters.reset_password(token))

    async def on_team_invitation_created(self, envelope: Envelope[TeamInvitationCreated]) -> None:
        issued = await self._invitations.issue(envelope.event.invitation_id)
        if issued is not None:
            mailbox, token = issued
            await self._send(envelope, mailbox, self._letters.invitation(token))

    async def on_passkey_added(self, envelope: Envelope[PasskeyAdded]) -> None:
        await self._send_to_account(envelope, envelope.event.user_id, self._letters.passkey_added())

    async def on_passkey_copy_detected(self, envelope: Envelope[PasskeyCopyDetected]) -> None:
        await self._send_to_account(
            envelope, envelope.event.user_id, self._letters.passkey_copied()
        )

    async def on_passkey_removed(self, envelope: Envelope[PasskeyRemoved]) -> None:
        await self._send_to_account(
            envelope, envelope.event.user_id, self._letters.passkey_removed()
        )

    async def on_email_change_requested(self, envelope: Envelope[EmailChangeRequested]) -> None:
        issued = await self._email_changes.issue_confirmation(envelope.event.change_id)
        if issued is not None:
            mailbox, token = issued
            letter = (
                self._letters.email_taken()
                if token is None
                else self._letters.confirm_email_change(token)
            )
            await self._send(envelope, mailbox, letter)

    async def tell_of_email_change(self, envelope: Envelope[EmailChangeRequested]) -> None:
        """Mail the earlier mailbox."""
        issued = await self._email_changes.issue_cancellation(envelope.event.change_id)
        if issued is not None:
            mailbox, token = issued
            await self._send_second(envelope, mailbox, self._letters.email_change_requested(token))

    async def on_email_changed(self, envelope: Envelope[EmailChanged]) -> None:
        event, letters = envelope.event, self._letters
        letter = letters.email_taken_back() if event.distrusted_since else letters.email_changed()
        await self._send(envelope, event.email, letter)

    async def tell_of_changed_email(self, envelope: Envelope[EmailChanged]) -> None:
        """Mail the mailbox that the account has left."""
        event, letters = envelope.event, self._letters
        if event.old_email is not None:
            letter = letters.email_taken_from() if event.distrusted_since else letters.email_left()
            await self._send_second(envelope, event.old_email, letter)

    async def on_new_device_used(self, envelope: Envelope[NewDeviceUsed]) -> None:
        mailbox = await self._accounts.email_of(envelope.event.user_id)
        if mailbox is not None:
            letter = self._letters.new_device_used(
                envelope.event.program, envelope.occurred_at, envelope.client_ip
            )
            await self._send(envelope, mailbox, letter)

    async def on_password_changed(self, envelope: Envelope[PasswordChanged]) -> None:
        letter = self._letters.password_changed()
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_api_key_created(self, envelope: Envelope[ApiKeyCreated]) -> None:
        letter = self._letters.api_key_created(envelope.event.scopes)
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_password_removed(self, envelope: Envelope[PasswordRemoved]) -> None:
        letter = self._letters.password_removed()
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_password_dropped(self, envelope: Envelope[PasswordDropped]) -> None:
        mailbox = await self._accounts.email_of(envelope.event.user_id)
        if mailbox is not None:
            await self._send(envelope, mailbox, self._letters.password_dropped())

    async def on_identity_linked(self, envelope: Envelope[IdentityLinked]) -> None:
        mailbox = await self._accounts.email_of(envelope.event.user_id)
        if mailbox is not None:
            letter = self._letters.identity_linked(envelope.event.issuer)
            await self._send(envelope, mailbox, letter)

    async def on_identity_unlinked(self, envelope: Envelope[IdentityUnlinked]) -> None:
        mailbox = await self._accounts.email_of(envelope.event.user_id)
        if mailbox is not None:
            letter = self._letters.identity_unlinked(envelope.event.issuer)
            await self._send(envelope, mailbox, letter)

    async def on_token_reuse_detected(self, envelope: Envelope[TokenReuseDetected]) -> None:
        letter = self._letters.token_reused()
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_second_factor_enabled(self, envelope: Envelope[SecondFactorEnabled]) -> None:
        letter = self._letters.second_factor_enabled()
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_second_factor_disabled(self, envelope: Envelope[SecondFactorDisabled]) -> None:
        letter = self._letters.second_factor_disabled(by_operator=envelope.event.by_operator)
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_recovery_codes_replaced(self, envelope: Envelope[RecoveryCodesReplaced]) -> None:
        letter = self._letters.recovery_codes_replaced()
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_recovery_code_used(self, envelope: Envelope[RecoveryCodeUsed]) -> None:
        letter = self._letters.recovery_code_used(envelope.event.left)
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def on_export_completed(self, envelope: Envelope[ExportCompleted]) -> None:
        await self._send_to_account(
            envelope, envelope.event.user_id, self._letters.export_completed()
        )

    async def on_webhook_disabled(self, envelope: Envelope[WebhookDisabled]) -> None:
        letter = self._letters.webhook_disabled(is_gone=envelope.event.is_gone)
        await self._send_to_account(envelope, envelope.event.user_id, letter)

    async def _send_to_account(
        self, envelope: Envelope[Any], account_id: UUID, letter: Letter
    ) -> None:
        mailbox = await self._accounts.email_of(account_id)
        if mailbox is not None:
            await self._send(envelope, mailbox, letter)

    async def _send(self, envelope: Envelope[Any], mailbox: str, letter: Letter) -> None:
        """The id of the event identifies the message, so a repeated delivery sends the same one."""
        await self._mailer.send(letter.to(mailbox, envelope.id))

    async def _send_second(self, envelope: Envelope[Any], mailbox: str, letter: Letter) -> None:
        """Send a second message for the event, with another id than that of :meth:`_send`."""
        await self._mailer.send(letter.to(mailbox, uuid5(envelope.id, "second")))
