"""The repositories in memory; the contract tests hold them to the real ones."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.personal_data import Rows
from BE.core.types import new_id
from BE.modules.webhooks.models import (
    Attempt,
    Message,
    NewMessage,
    Outcome,
    Receiver,
    SealedSecrets,
    Subscribed,
    Webhook,
)
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class StoredWebhook:
    owner_id: UUID
    shown: Webhook
    secrets: SealedSecrets
    old_secret_until: datetime | None = None
    failures: int = 0
    resting_until: datetime | None = None


class FakeWebhookRepository(WebhookRepository):
    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._webhooks: dict[UUID, StoredWebhook] = {}

    async def add(
        self,
        webhook_id: UUID,
        owner_id: UUID,
        url: str,
        events: Sequence[str],
        *,
        ordered: bool,
        secret: bytes,
    ) -> Webhook:
        shown = Webhook(webhook_id, url, list(events), ordered, True, None, self._clock(), 1)  # noqa: FBT003 - as a row
        sealed = SealedSecrets(webhook_id, secret, None)
        self._webhooks[webhook_id] = StoredWebhook(owner_id, shown, sealed)
        return shown

    async def count_alone(self, owner_id: UUID) -> int:
        return len(await self.all(owner_id))

    async def all(self, owner_id: UUID) -> list[Webhook]:
        return [
            stored.shown
            for _, stored in sorted(self._webhooks.items())
            if stored.owner_id == owner_id
        ]

    async def get(self, owner_id: UUID, webhook_id: UUID) -> Webhook | None:
        stored = self._webhooks.get(webhook_id)
        return stored.shown if stored is not None and stored.owner_id == owner_id else None

    async def lock(self, owner_id: UUID, webhook_id: UUID) -> Webhook | None:
        return await self.get(owner_id, webhook_id)

    async def change(
        self,
        owner_id: UUID,
        webhook_id: UUID,
        url: str,
        events: Sequence[str],
        *,
        ordered: bool,
        enabled: bool,
    ) -> Webhook:
        stored = self._webhooks[webhook_id]
        was_enabled = stored.shown.enabled
        stored.shown = replace(
            stored.shown,
            url=url,
            events=list(events),
            ordered=ordered,
            enabled=enabled,
            failing_since=stored.shown.failing_since if was_enabled else None,
            version=stored.shown.version + 1,
        )
        stored.failures = stored.failures if was_enabled else 0
        stored.resting_until = None
        return stored.shown

    async def rotate(
        self, owner_id: UUID, webhook_id: UUID, secret: bytes, *, overlap: timedelta
    ) -> bool:
        if await self.get(owner_id, webhook_id) is None:
            return False
        stored = self._webhooks[webhook_id]
        stored.secrets = SealedSecrets(webhook_id, secret, stored.secrets.secret)
        stored.old_secret_until = self._clock() + overlap
        stored.shown = replace(stored.shown, version=stored.shown.version + 1)
        return True

    async def forget_past_secrets(self) -> None:
        for stored in self._webhooks.values():
            if stored.old_secret_until is not None and stored.old_secret_until <= self._clock():
                stored.secrets = replace(stored.secrets, old_secret=None)
                stored.old_secret_until = None

    async def sealed_otherwise(
        self, prefix: bytes, *, after: UUID, limit: int
    ) -> list[SealedSecrets]:
        found = [
            stored.secrets
            for webhook_id, stored in sorted(self._webhooks.items())
            if webhook_id > after
            and not all(
                secret.startswith(prefix)
                for secret in (stored.secrets.secret, stored.secrets.old_secret)
                if secret is not None
            )
        ]
        return found[:limit]

    async def reseal(self, former: SealedSecrets, anew: SealedSecrets) -> None:
        stored = self._webhooks.get(former.webhook_id)
        if stored is not None and stored.secrets == former:
            stored.secrets = anew

    async def remove(self, owner_id: UUID, webhook_id: UUID) -> None:
        if await self.get(owner_id, webhook_id) is not None:
            del self._webhooks[webhook_id]

    async def remove_all(self, owner_id: UUID) -> None:
        for webhook in await self.all(owner_id):
            del self._webhooks[webhook.id]

    async def lock_subscribed(
        self, owner_ids: Collection[UUID], events: Collection[str]
    ) -> list[Subscribed]:
        return [
            Subscribed(webhook_id, stored.owner_id, stored.shown.events)
            for webhook_id, stored in sorted(self._webhooks.items())
            if stored.shown.enabled
            and stored.owner_id in owner_ids
            and set(events) & set(stored.shown.events)
        ]

    async def lock_for_delivery(self, webhook_id: UUID) -> bool:
        return webhook_id in self._webhooks

    async def receiver(self, webhook_id: UUID) -> Receiver | None:
        stored = self._webhooks.get(webhook_id)
        if stored is None or not stored.shown.enabled:
            return None
        if stored.resting_until is not None and stored.resting_until > self._clock():
            return None
        until = stored.old_secret_until
        return Receiver(
            webhook_id,
            stored.owner_id,
            stored.shown.url,
            stored.shown.ordered,
            stored.failures > 0,
            stored.secrets.secret,
            stored.secrets.old_secret if until is not None and until > self._clock() else None,
        )

    async def note_success(self, webhook_id: UUID) -> None:
        if webhook_id in self._webhooks:
            stored = self._webhooks[webhook_id]
            stored.shown = replace(stored.shown, failing_since=None)
            stored.failures, stored.resting_until = 0, None

    async def note_failure(
        self, webhook_id: UUID, *, rests_after: int, rest: timedelta
    ) -> tuple[bool, timedelta, datetime | None] | None:
        stored = self._webhooks.get(webhook_id)
        if stored is None:
            return None
        since = stored.shown.failing_since or self._clock()
        stored.shown = replace(stored.shown, failing_since=since)
        stored.failures += 1
        if stored.failures >= rests_after:
            stored.resting_until = self._clock() + rest
        return stored.shown.enabled, self._clock() - since, stored.resting_until

    async def switch_off_all(self, owner_id: UUID) -> list[UUID]:
        on = [webhook.id for webhook in await self.all(owner_id) if webhook.enabled]
        for webhook_id in on:
            await self.switch_off(webhook_id)
        return on

    async def switch_off(self, webhook_id: UUID) -> None:
        stored = self._webhooks[webhook_id]
        stored.shown = replace(stored.shown, enabled=False, version=stored.shown.version + 1)


@dataclass
class StoredMessage:
    sent: NewMessage
    due_at: datetime | None
    created_at: datetime
    attempts: int = 0


@dataclass
class StoredAttempt:
    webhook_id: UUID
    shown: Attempt = field(kw_only=True)


class FakeMessageRepository(MessageRepository):
    def __init__(
        self, webhooks: FakeWebhookRepository, clock: Callable[[], datetime] = _now
    ) -> None:
        """Holds the messages to ``webhooks``."""
        self._webhooks = webhooks
        self._clock = clock
        self._messages: dict[UUID, StoredMessage] = {}
        self._attempts: list[StoredAttempt] = []

    async def add(self, messages: Sequence[NewMessage]) -> None:
        now = self._clock()
        for message in messages:
            self._messages.setdefault(message.id, StoredMessage(message, now, now))

    async def due(self, webhook_id: UUID, *, ordered: bool, limit: int) -> list[Message]:
        waiting = [
            stored
            for stored in self._messages.values()
            if stored.sent.webhook_id == webhook_id and stored.due_at is not None
        ]
        due = sorted(
            (stored.due_at, stored.sent.event_id, stored.sent.id)
            for stored in waiting
            if stored.due_at is not None
            and stored.due_at <= self._clock()
            and not (ordered and any(_is_before(earlier, stored) for earlier in waiting))
        )
        found = [self._messages[message_id] for *_, message_id in due[:limit]]
        return [
            Message(stored.sent.id, stored.sent.event, stored.sent.body, stored.attempts)
            for stored in found
        ]

    async def record(self, webhook_id: UUID, message: Message, outcome: Outcome) -> None:
        shown = Attempt(
            new_id(),
            message.id,
            message.event,
            outcome.status,
            outcome.milliseconds,
            outcome.error,
            outcome.answer,
            self._clock(),
        )
        self._attempts.append(StoredAttempt(webhook_id, shown=shown))

    async def settle(self, message: Message, wait: timedelta | None) -> datetime | None:
        stored = self._messages.get(message.id)
        if stored is None:
            return None
        stored.attempts += 1
        stored.due_at = None if wait is None else self._clock() + wait
        return stored.due_at

    async def drop_waiting(self, webhook_id: UUID) -> None:
        for stored in self._messages.values():
            if stored.sent.webhook_id == webhook_id:
                stored.due_at = None

    async def send_again(self, webhook_id: UUID, attempt_id: UUID) -> bool:
        for attempt in self._attempts:
            if (attempt.shown.id, attempt.webhook_id) == (attempt_id, webhook_id):
                stored = self._messages[attempt.shown.message_id]
                stored.due_at, stored.attempts = self._clock(), 0
                return True
        return False

    async def attempts(self, webhook_id: UUID, *, before: UUID, limit: int) -> list[Attempt]:
        found = [
            attempt.shown
            for attempt in self._attempts
            if attempt.webhook_id == webhook_id and attempt.shown.id < before
        ]
        return sorted(found, key=lambda attempt: attempt.id, reverse=True)[:limit]

    async def held(self, owner_id: UUID) -> Rows:
        owned = {webhook.id for webhook in await self._webhooks.all(owner_id)}
        yield [
            {"webhook_id": attempt.webhook_id} | asdict(attempt.shown)
            for attempt in self._attempts
            if attempt.webhook_id in owned
        ]

    async def held_messages(self, owner_id: UUID) -> Rows:
        owned = {webhook.id for webhook in await self._webhooks.all(owner_id)}
        yield [
            {
                "id": stored.sent.id,
                "webhook_id": stored.sent.webhook_id,
                "body": stored.sent.body,
                "due_at": stored.due_at,
                "created_at": stored.created_at,
            }
            for stored in self._messages.values()
            if stored.sent.webhook_id in owned
        ]

    async def remove_old(self, kept: timedelta, *, limit: int) -> int:
        now = self._clock()
        attempts = [a for a in self._attempts if a.shown.made_at < now - kept][:limit]
        self._attempts = [attempt for attempt in self._attempts if attempt not in attempts]
        messages = [
            message_id
            for message_id, stored in self._messages.items()
            if stored.due_at is None and stored.created_at < now - kept - timedelta(days=5)
        ][:limit]
        for message_id in messages:
            del self._messages[message_id]
        return len(attempts) + len(messages)


def _is_before(earlier: StoredMessage, message: StoredMessage) -> bool:
    return (
        earlier.sent.subject_id == message.sent.subject_id
        and earlier.sent.event_id < message.sent.event_id
    )
