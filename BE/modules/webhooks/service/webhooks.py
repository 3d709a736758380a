from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.jobs import Jobs
from BE.core.types import new_id
from BE.modules.auth.events import UserDeactivated, UserDeleted, UserDeletionSettled
from BE.modules.webhooks.events import (
    WebhookChanged,
    WebhookCreated,
    WebhookDeleted,
    WebhookSecretRotated,
)
from BE.modules.webhooks.exceptions import (
    AddressNotSecure,
    AttemptNotFound,
    TooManyWebhooks,
    UnknownEvent,
    WebhookIsOff,
    WebhookNotFound,
)
from BE.modules.webhooks.jobs import Deliver
from BE.modules.webhooks.models import TEST, Attempt, NewMessage, Webhook, body_of
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository
from BE.modules.webhooks.service.secrets import WebhookSecrets

_NEWEST = UUID(int=2**128 - 1)
_OVERLAP = timedelta(days=1)
"""How long the previous secret stays valid after a new one."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The new values of a webhook's fields; ``None`` stays."""

    url: str | None = None
    events: Sequence[str] | None = None
    ordered: bool | None = None
    enabled: bool | None = None


class WebhookService:
    def __init__(
        self,
        database: Database,
        webhooks: WebhookRepository,
        messages: MessageRepository,
        events: EventBus,
        jobs: Jobs,
        cursors: Cursors,
        secrets: WebhookSecrets,
        *,
        most: int,
        allows_private: bool,
    ) -> None:
        """``most`` is how many a user may have; private addresses may be without encryption."""
        self._db = database
        self._webhooks = webhooks
        self._messages = messages
        self._events = events
        self._jobs = jobs
        self._cursors = cursors
        self._secrets = secrets
        self._most = most
        self._allows_private = allows_private

    @property
    def known_events(self) -> list[str]:
        """The changes that an API key may see: those only for people have no scope."""
        scopes = self._events.scopes_of_changes()
        return sorted(name for name, scope in scopes.items() if scope is not None)

    async def create(
        self, owner_id: UUID, url: str, events: Sequence[str], *, ordered: bool
    ) -> tuple[Webhook, str]:
        """Returns its secret too.

        Raises :class:`AddressNotSecure`, :class:`UnknownEvent`, :class:`TooManyWebhooks`.
        """
        self._require_secure(url)
        self._require_known(events)
        webhook_id = new_id()
        secret, sealed = self._secrets.new(webhook_id)
        async with self._db.transaction():
            if await self._webhooks.count_alone(owner_id) >= self._most:
                raise TooManyWebhooks(self._most)
            webhook = await self._webhooks.add(
                webhook_id,
                owner_id,
                url,
                events,
                ordered=ordered,
                secret=sealed,
            )
            await self._events.publish(WebhookCreated(webhook_id=webhook_id, user_id=owner_id))
        return webhook, secret

    async def all(self, owner_id: UUID) -> list[Webhook]:
        return await self._webhooks.all(owner_id)

    async def get(self, owner_id: UUID, webhook_id: UUID) -> Webhook:
        """Raises :class:`WebhookNotFound`."""
        webhook = await self._webhooks.get(owner_id, webhook_id)
        if webhook is None:
            raise WebhookNotFound
        return webhook

    async def change(
        self, owner_id: UUID, webhook_id: UUID, changes: Changes, versions: Sequence[int] | None
    ) -> Webhook:
        """Change a webhook in one of ``versions``, where ``None`` means any.

        Raises :class:`AddressNotSecure`, :class:`UnknownEvent`, :class:`WebhookNotFound`,
        :class:`PreconditionFailedError`.
        """
        if changes.url is not None:
            self._require_secure(changes.url)
        if changes.events is not None:
            self._require_known(changes.events)
        async with self._db.transaction():
            old = await self._lock(owner_id, webhook_id, versions)
            if changes == Changes():
                return old
            webhook = await self._webhooks.change(
                owner_id,
                webhook_id,
                old.url if changes.url is None else changes.url,
                old.events if changes.events is None else changes.events,
                ordered=old.ordered if changes.ordered is None else changes.ordered,
                enabled=old.enabled if changes.enabled is None else changes.enabled,
            )
            if not webhook.enabled:
                await self._messages.drop_waiting(webhook_id)
            await self._events.publish(WebhookChanged(webhook_id=webhook_id, user_id=owner_id))
        return webhook

    async def delete(
        self, owner_id: UUID, webhook_id: UUID, versions: Sequence[int] | None
    ) -> None:
        """Raises :class:`WebhookNotFound`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            await self._lock(owner_id, webhook_id, versions)
            await self._webhooks.remove(owner_id, webhook_id)
            await self._events.publish(WebhookDeleted(webhook_id=webhook_id, user_id=owner_id))

    async def rotate(self, owner_id: UUID, webhook_id: UUID) -> str:
        """A new secret; the previous one is valid for a day. Raises :class:`WebhookNotFound`."""
        secret, sealed = self._secrets.new(webhook_id)
        async with self._db.transaction():
            if not await self._webhooks.rotate(owner_id, webhook_id, sealed, overlap=_OVERLAP):
                raise WebhookNotFound
            await self._events.publish(
                WebhookSecretRotated(webhook_id=webhook_id, user_id=owner_id)
            )
        return secret

    async def test(self, owner_id: UUID, webhook_id: UUID) -> None:
        """Raises :class:`WebhookNotFound`, :class:`WebhookIsOff`."""
        message_id = new_id()
        data: dict[str, object] = {"id": str(webhook_id), "version": None, "team_id": None}
        message = NewMessage(
            id=message_id,
            webhook_id=webhook_id,
            event=TEST,
            event_id=message_id,
            subject_id=message_id,
            body=body_of(TEST, datetime.now(UTC), data),
        )
        async with self._db.transaction():
            await self._lock_enabled(owner_id, webhook_id)
            await self._messages.add([message])
            await self._jobs.enqueue(Deliver(webhook_id=webhook_id), key=str(webhook_id))

    async def attempts(
        self, owner_id: UUID, webhook_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Attempt]:
        """The newest first. Raises :class:`WebhookNotFound`, :class:`InvalidCursor`."""
        await self.get(owner_id, webhook_id)
        scope = f"webhook attempts:{webhook_id}"
        before = UUID(self._cursors.open(scope, cursor)[0]) if cursor is not None else _NEWEST
        found = await self._messages.attempts(webhook_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, found, limit, lambda attempt: [attempt.id])

    async def resend(self, owner_id: UUID, webhook_id: UUID, attempt_id: UUID) -> None:
        """Send a message again, under its own id.

        Raises :class:`WebhookNotFound`, :class:`WebhookIsOff`, :class:`AttemptNotFound`.
        """
        async with self._db.transaction():
            await self._lock_enabled(owner_id, webhook_id)
            if not await self._messages.send_again(webhook_id, attempt_id):
                raise AttemptNotFound
            await self._jobs.enqueue(Deliver(webhook_id=webhook_id), key=str(webhook_id))

    async def on_user_deactivated(self, event: UserDeactivated) -> None:
        """Switch off the webhooks of a deactivated user, who may later switch them on again."""
        for webhook_id in await self._webhooks.switch_off_all(event.user_id):
            await self._messages.drop_waiting(webhook_id)
            await self._events.publish(WebhookChanged(webhook_id=webhook_id, user_id=event.user_id))

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._webhooks.remove_all(event.user_id)

    async def _lock(
        self, owner_id: UUID, webhook_id: UUID, versions: Sequence[int] | None
    ) -> Webhook:
        webhook = await self._webhooks.lock(owner_id, webhook_id)
        if webhook is None:
            raise WebhookNotFound
        if versions is not None and webhook.version not in versions:
            raise PreconditionFailedError(webhook)
        return webhook

    async def _lock_enabled(self, owner_id: UUID, webhook_id: UUID) -> None:
        webhook = await self._lock(owner_id, webhook_id, None)
        if not webhook.enabled:
            raise WebhookIsOff

    def _require_secure(self, url: str) -> None:
        if not url.lower().startswith("https://") and not self._allows_private:
            raise AddressNotSecure

    def _require_known(self, events: Sequence[str]) -> None:
        details = [
            UnknownEvent.at(f"events.{index}", "literal_error")
            for index, event in enumerate(events)
            if event not in self.known_events
        ]
        if details:
            raise UnknownEvent(details=details)
