"""Webhooks and their settings, the messages for them, and their delivery."""

from BE.modules.webhooks.service.deliveries import KEPT, PLACES, DeliveryService
from BE.modules.webhooks.service.messages import MessageService
from BE.modules.webhooks.service.secrets import WebhookSecrets
from BE.modules.webhooks.service.webhooks import WebhookService

__all__ = [
    "KEPT",
    "PLACES",
    "DeliveryService",
    "MessageService",
    "WebhookSecrets",
    "WebhookService",
]
