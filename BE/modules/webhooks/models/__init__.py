"""A webhook, its messages and their schedule, signed."""

from BE.modules.webhooks.models.messages import (
    TEST,
    Attempt,
    Message,
    NewMessage,
    Outcome,
    Receiver,
    SealedSecrets,
    Subscribed,
    Webhook,
    body_of,
    headers_of,
    message_of,
)
from BE.modules.webhooks.models.schedule import FAILING_FOR_LONG, RETRIES, wait_after

__all__ = [
    "FAILING_FOR_LONG",
    "RETRIES",
    "TEST",
    "Attempt",
    "Message",
    "NewMessage",
    "Outcome",
    "Receiver",
    "SealedSecrets",
    "Subscribed",
    "Webhook",
    "body_of",
    "headers_of",
    "message_of",
    "wait_after",
]
