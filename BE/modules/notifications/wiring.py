from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from dependency_injector.containers import DeclarativeContainer

from BE.core import mail
from BE.core.events import Delivery, EventBus
from BE.core.operations.metrics import Metrics
from BE.core.outside.mailing import CarefulMailer
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
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
from BE.modules.notifications.models import Letters
from BE.modules.notifications.ports import (
    EmailChanges,
    Invitations,
    Mailboxes,
    PasswordResets,
    Verifications,
)
from BE.modules.notifications.service import NotificationService
from BE.modules.teams.events import TeamInvitationCreated
from BE.modules.webhooks.events import WebhookDisabled


class NotificationsContainer(DeclarativeContainer):
    # settings
    mail_dir: Path = needed()
    mail_from: str = needed()
    public_address: str = needed()
    smtp_url: str | None = needed()

    # core
    metrics: Metrics = needed()

    # auth
    account_service: Mailboxes = needed()
    email_change_service: EmailChanges = needed()
    email_verification_service: Verifications = needed()
    password_service: PasswordResets = needed()

    # teams
    invitation_service: Invitations = needed()

    mailer = singleton(
        CarefulMailer,
        singleton(mail.mailer, smtp_url, mail_dir, sender=mail_from),
        metrics,
    )
    letters = singleton(Letters, public_address)
    notification_service = singleton(
        NotificationService,
        mailer,
        letters,
        accounts=account_service,
        verifications=email_verification_service,
        password_resets=password_service,
        email_changes=email_change_service,
        invitations=invitation_service,
    )


def subscribe(bus: EventBus, objects: NotificationsContainer) -> None:
    service = objects.notification_service
    bus.subscribe(UserRegistered, service.on_user_registered, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(
        EmailVerificationRequested,
        service.on_email_verification_requested,
        Delivery.DURABLE_OUTSIDE,
    )
    bus.subscribe(
        PasswordResetRequested, service.on_password_reset_requested, Delivery.DURABLE_OUTSIDE
    )
    bus.subscribe(ApiKeyCreated, service.on_api_key_created, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasskeyAdded, service.on_passkey_added, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasskeyCopyDetected, service.on_passkey_copy_detected, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasskeyRemoved, service.on_passkey_removed, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(IdentityLinked, service.on_identity_linked, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(IdentityUnlinked, service.on_identity_unlinked, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasswordDropped, service.on_password_dropped, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(EmailChangeRequested, service.on_email_change_requested, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(EmailChangeRequested, service.tell_of_email_change, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(EmailChanged, service.on_email_changed, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(EmailChanged, service.tell_of_changed_email, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(NewDeviceUsed, service.on_new_device_used, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasswordRemoved, service.on_password_removed, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(PasswordChanged, service.on_password_changed, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(SecondFactorEnabled, service.on_second_factor_enabled, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(SecondFactorDisabled, service.on_second_factor_disabled, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(
        RecoveryCodesReplaced, service.on_recovery_codes_replaced, Delivery.DURABLE_OUTSIDE
    )
    bus.subscribe(RecoveryCodeUsed, service.on_recovery_code_used, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(TokenReuseDetected, service.on_token_reuse_detected, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(
        TeamInvitationCreated, service.on_team_invitation_created, Delivery.DURABLE_OUTSIDE
    )
    bus.subscribe(ExportCompleted, service.on_export_completed, Delivery.DURABLE_OUTSIDE)
    bus.subscribe(WebhookDisabled, service.on_webhook_disabled, Delivery.DURABLE_OUTSIDE)


def examinations(objects: NotificationsContainer) -> Mapping[str, Callable[[], Awaitable[str]]]:
    return {"mail": objects.mailer.examine}


CONTEXT = Context(
    name="notifications",
    container=NotificationsContainer,
    subscribe=subscribe,
    examinations=examinations,
)
