import pytest

from BE.core.database.database import Database
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository
from tests.support.webhooks.fakes import FakeMessageRepository, FakeWebhookRepository


@pytest.fixture
def webhooks(database: Database | None) -> WebhookRepository:
    return FakeWebhookRepository() if database is None else WebhookRepository(database)


@pytest.fixture
def messages(database: Database | None, webhooks: WebhookRepository) -> MessageRepository:
    if isinstance(webhooks, FakeWebhookRepository):
        return FakeMessageRepository(webhooks)
    assert database is not None
    return MessageRepository(database)
