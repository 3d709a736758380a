from BE.modules.webhooks.repository.messages import MessageRepository
from BE.modules.webhooks.repository.webhooks import WebhookRepository

__all__ = ["MessageRepository", "WebhookRepository"]
