"""Webhooks as their owners set them, the messages for them, and their delivery."""

from BE.modules.webhooks.service.deliveries import KEPT, PLACES, DeliveryService
from BE.modules.webhooks.service.hearing import HearingService
from BE.modules.webhooks.service.secrets import WebhookSecrets
from BE.modules.webhooks.service.webhooks import WebhookService

__all__ = [
    "KEPT",
    "PLACES",
    "DeliveryService",
    "HearingService",
    "WebhookSecrets",
    "WebhookService",
]
