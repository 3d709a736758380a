from dataclasses import dataclass
from uuid import UUID

from BE.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCreated(Event):
    name = "webhook.created"

    webhook_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(Event):
    """Its address, events or order changed, or its owner switched it on or off."""

    name = "webhook.changed"

    webhook_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRotated(Event):
    name = "webhook.secret_rotated"

    webhook_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(Event):
    """It failed for days, or its receiver answered that it is gone."""

    name = "webhook.disabled"

    webhook_id: UUID
    user_id: UUID
    is_gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeleted(Event):
    name = "webhook.deleted"

    webhook_id: UUID
    user_id: UUID
