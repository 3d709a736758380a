import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any, Literal, overload

import structlog

from BE.core.database.database import Database
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.events.outbox import Outbox, Outgoing

log = structlog.get_logger(__name__)

type Handler[T] = Callable[[T], Awaitable[None]]

_DRAIN_TIMEOUT = 3.0


class Delivery(Enum):
    """How a subscriber wants its events; it chooses, not the publisher."""

    IN_TRANSACTION = auto()
    """At once, in the publisher's transaction: a failure undoes both."""

    IN_TRANSACTION_TOGETHER = auto()
    """The same, but called once with all events of the type that are published in one call."""

    DURABLE = auto()
    """After commit, by any process, in a transaction that also acknowledges: takes effect once.

    For handlers that touch nothing but the database. A failure is undone and tried again.
    """

    DURABLE_OUTSIDE = auto()
    """After commit, by any process, outside any transaction, acknowledged afterwards.

    For handlers that reach outside the database. They may see an event again: its envelope's id
    is the idempotency key.
    """

    EPHEMERAL = auto()
    """After commit, in this process, best effort: a failure is logged."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears of an event, under the name that its deliveries are stored with."""

    name: str
    handler: Handler[Any]
    delivery: Delivery
    event_type: type[Event] | None
    """``None``: every event, in whatever version."""

    @property
    def lane(self) -> tuple[str, str | None]:
        """What it takes: deliveries for this handler, of this type of event."""
        return self.name, self.event_type.type_name() if self.event_type else None

    @property
    def takes_many(self) -> bool:
        """Whether the handler is called with several events at a time."""
        return self.event_type is None


class EventBus:
    """Delivers each event to those who subscribed to its type."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._subscriptions: dict[type[Event] | None, list[Subscription]] = defaultdict(list)
        self._durable: list[Subscription] = []
        self._running: set[asyncio.Task[None]] = set()

    @overload
    def subscribe[E: Event](
        self,
        event_type: type[E],
        handler: Handler[Envelope[E]],
        delivery: Literal[Delivery.DURABLE_OUTSIDE],
        *,
        name: str | None = None,
    ) -> None: ...

    @overload
    def subscribe[E: Event](
        self,
        event_type: type[E],
        handler: Handler[E],
        delivery: Literal[
            Delivery.IN_TRANSACTION, Delivery.DURABLE, Delivery.EPHEMERAL
        ] = Delivery.DURABLE,
        *,
        name: str | None = None,
    ) -> None: ...

    @overload
    def subscribe[E: Event](
        self,
        event_type: type[E],
        handler: Handler[Sequence[E]],
        delivery: Literal[Delivery.IN_TRANSACTION_TOGETHER],
        *,
        name: str | None = None,
    ) -> None: ...

    def subscribe(
        self,
        event_type: type[Event],
        handler: Handler[Any],
        delivery: Delivery = Delivery.DURABLE,
        *,
        name: str | None = None,
    ) -> None:
        """Call ``handler`` with each event of the type; outside a transaction, with its envelope.

        Durable deliveries are stored under ``name``; by default it is the handler's module and
        method, such as ``users.on_user_registered``. Whoever renames one gives the old name here.
        """
        self._add(Subscription(name or _name(handler), handler, delivery, event_type))

    def subscribe_all(
        self, handler: Handler[Sequence[StoredEvent]], *, name: str | None = None
    ) -> None:
        """Call ``handler`` durably, in a transaction, with all events that are published.

        It takes those at hand together, so that it costs a commit for many. If that fails, each
        is tried by itself. Ticks of the schedule are not published, and not among them.
        """
        self._add(Subscription(name or _name(handler), handler, Delivery.DURABLE, None))

    async def publish(self, *events: Event) -> None:
        """Deliver ``events`` in this order, then whatever their handlers publish in turn.

        Called inside the transaction that makes them true. Raises what an in-transaction handler
        raises, so that the transaction fails with it.
        """
        self._require_transaction()
        envelopes = [Envelope.seal(event) for event in events]
        await self._store([self._outgoing(each, each.event.order_key) for each in envelopes])
        for event_type in dict.fromkeys(map(type, events)):
            together = [each for each in events if type(each) is event_type]
            for each in self._of(together[0], Delivery.IN_TRANSACTION_TOGETHER):
                await each.handler(together)
        for envelope in envelopes:
            for each in self._of(envelope.event, Delivery.IN_TRANSACTION):
                await each.handler(envelope.event)
            if self._of(envelope.event, Delivery.EPHEMERAL):
                self._database.after_commit(partial(self._start_ephemeral, envelope))

    async def publish_later(self, event: Event, when: datetime | timedelta) -> None:
        """Deliver ``event`` to its durable subscribers, in no order, at or after ``when``.

        Counted by the database's clock. Called inside a transaction, as :meth:`publish`.
        """
        self._require_transaction()
        await self._store([self._outgoing(Envelope.seal(event), None)], when)

    @property
    def durable(self) -> tuple[Subscription, ...]:
        return tuple(self._durable)

    def durable_handlers(self, event_type: type[Event] | None) -> list[str]:
        """The names of those who subscribed durably to exactly this."""
        return [each.name for each in self._durable if each.event_type is event_type]

    async def drain(self) -> None:
        """Let running ephemeral handlers finish, for three seconds at most."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_DRAIN_TIMEOUT)
            for task in late:
                task.cancel()

    def _add(self, subscription: Subscription) -> None:
        if subscription.delivery in {Delivery.DURABLE, Delivery.DURABLE_OUTSIDE}:
            if subscription.lane in {each.lane for each in self._durable}:
                raise ValueError(f"two handlers are called {subscription.name}: name one of them")
            self._durable.append(subscription)
        self._subscriptions[subscription.event_type].append(subscription)

    def _of(self, event: Event, delivery: Delivery) -> list[Subscription]:
        return [each for each in self._subscriptions[type(event)] if each.delivery is delivery]

    def _require_transaction(self) -> None:
        if not self._database.in_transaction:
            raise RuntimeError("events are published inside a transaction")

    def _outgoing(self, envelope: Envelope[Event], key: str | None) -> Outgoing:
        handlers = self.durable_handlers(type(envelope.event)) + self.durable_handlers(None)
        return Outgoing(envelope, key, handlers)

    async def _store(
        self, outgoing: list[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        heard = [each for each in outgoing if each.handlers]
        if heard:
            await self._outbox.add(heard, when)

    def _start_ephemeral(self, envelope: Envelope[Event]) -> None:
        for each in self._of(envelope.event, Delivery.EPHEMERAL):
            task = asyncio.create_task(_run_ephemeral(each, envelope))
            self._running.add(task)  # the loop itself keeps only a weak reference
            task.add_done_callback(self._running.discard)


def _name(handler: Handler[Any]) -> str:
    """``context.handler``, which stays when the handler moves to another file of its context."""
    context = handler.__module__.split(".")[:3][-1]  # of BE.modules.auth.service.sessions: auth
    return f"{context}.{getattr(handler, '__name__', type(handler).__name__)}"


async def _run_ephemeral(subscription: Subscription, envelope: Envelope[Event]) -> None:
    try:
        await subscription.handler(envelope.event)
    except Exception:
        log.exception(
            "ephemeral_handler_failed",
            event_name=envelope.event.name,
            event_id=str(envelope.id),
            request_id=envelope.request_id,
            handler=subscription.name,
        )
