from collections.abc import Sequence

from BE.core.events import EventBus, StoredEvent, in_turns
from BE.core.jobs import Jobs
from BE.modules.webhooks.jobs import Deliver
from BE.modules.webhooks.models import message_of
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository


class MessageService:
    """Creates a message for each webhook of an event, in the transaction that handles it."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        messages: MessageRepository,
        events: EventBus,
        jobs: Jobs,
    ) -> None:
        self._webhooks = webhooks
        self._messages = messages
        self._events = events
        self._jobs = jobs

    async def on_events(self, events: Sequence[StoredEvent]) -> None:
        changes = [
            (event, change)
            async for some in in_turns(events)
            for event in some
            for change in self._events.changes_of(event)
        ]
        if not changes:
            return
        subscribed = await self._webhooks.lock_subscribed(
            {change.audience_id for _, change in changes}, {change.name for _, change in changes}
        )
        messages = [
            message_of(webhook.id, change, event.id, event.occurred_at)
            for webhook in subscribed
            for event, change in changes
            if change.audience_id == webhook.owner_id and change.name in webhook.events
        ]
        if not messages:
            return
        await self._messages.add(messages)
        for webhook_id in dict.fromkeys(message.webhook_id for message in messages):
            await self._jobs.enqueue(Deliver(webhook_id=webhook_id), key=str(webhook_id))
