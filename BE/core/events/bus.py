from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import chain
from typing import Any, Literal, overload

from BE.core.database.database import Database
from BE.core.durable.codec import decode
from BE.core.events.change import Change, Shown
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.events.outbox import Outbox, Outgoing

type Handler[T] = Callable[[T], Awaitable[None]]


class Delivery(Enum):
    """How a subscriber receives its events. The subscriber chooses, not the publisher."""

    IN_TRANSACTION = auto()
    """At once, in the publisher's transaction: a failure rolls both back."""

    IN_TRANSACTION_TOGETHER = auto()
    """The same, in one call for all events of the type that one ``publish`` was given."""

    DURABLE = auto()
    """After commit, by any process, in a transaction that also acknowledges: takes effect once.

    For handlers that touch only the database. A failure is rolled back and retried.
    """

    DURABLE_IN_BATCHES = auto()
    """After commit, by any process, acknowledged when the handler returns.

    For handlers that touch only the database and commit several transactions of their own, such as
    a purge. They may run again, and then continue with the rest.
    """

    DURABLE_OUTSIDE = auto()
    """After commit, by any process, outside any transaction, acknowledged when the handler returns.

    For handlers that reach outside the database. They may see an event again: the id of its
    envelope is the idempotency key.
    """


_DURABLE = {Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES, Delivery.DURABLE_OUTSIDE}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler, and the name that its deliveries are stored under."""

    name: str
    handler: Handler[Any]
    delivery: Delivery
    event_type: type[Event] | None
    """``None``: every event, of any version."""

    @property
    def lane(self) -> tuple[str, str | None]:
        """The deliveries it takes: the handler's name and the type of event (``None``: all)."""
        return self.name, self.event_type.type_name() if self.event_type else None

    @property
    def takes_many(self) -> bool:
        """Whether the handler is called with several events at a time."""
        return self.event_type is None

    @property
    def is_transactional(self) -> bool:
        """Whether a durable delivery runs in the transaction that acknowledges it."""
        return self.delivery is Delivery.DURABLE


@dataclass(frozen=True, slots=True)
class Backfill[E: Event]:
    """Events from before a handler subscribed, as a context reads them from its tables."""

    event_type: type[E]
    read: Callable[[datetime], AsyncIterator[Sequence[tuple[datetime, E]]]]
    """Yields batches of the events since a moment, each with its time."""


class EventBus:
    """Delivers each event to the subscribers of its type."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._subscriptions: dict[type[Event] | None, list[Subscription]] = defaultdict(list)
        self._durable: list[Subscription] = []
        self._shown: defaultdict[type[Event], list[Shown]] = defaultdict(list)
        self._backfills: dict[type[Event] | None, Backfill[Any]] = {}

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
            Delivery.IN_TRANSACTION, Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES
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
        """Call ``handler`` with each event of the type; with ``DURABLE_OUTSIDE``, its envelope.

        Durable deliveries are stored under ``name``, by default the handler's context and method,
        such as ``users.on_user_registered``. A handler that is renamed keeps its old name here.
        """
        self._add(Subscription(name or _name(handler), handler, delivery, event_type))

    def subscribe_all(
        self, handler: Handler[Sequence[StoredEvent]], *, name: str | None = None
    ) -> None:
        """Call ``handler`` durably, in a transaction, with all events that are published.

        It receives many at a time, so that many cost one commit. If that fails, each is retried
        alone. Ticks of the schedule are not published, so it does not receive them.
        """
        self._add(Subscription(name or _name(handler), handler, Delivery.DURABLE, None))

    def show(self, shown: Shown) -> None:
        """Show the events of a type in the live feed, except those that are published later."""
        showing = self._shown[shown.event_type]
        if any(shown.name == other.name for other in showing):
            raise ValueError(f"{shown.event_type.__name__} is shown as {shown.name} already")
        showing.append(shown)

    def scopes_of_changes(self) -> dict[str, str | None]:
        """Maps a change's name to the scope that an API key needs to see it; ``None``: none may."""
        return {shown.name: shown.scope for shown in self._all_shown()}

    def regrouping_changes(self) -> frozenset[str]:
        """The names of changes after which a user belongs to other groups."""
        return frozenset(shown.name for shown in self._all_shown() if shown.regroups)

    def changes_of(self, event: StoredEvent) -> list[Change]:
        """The changes that the live feed shows for an event."""
        for event_type, showing in self._shown.items():
            if event_type.type_name() == event.type_name:
                decoded = decode(event_type, event.payload)
                return [change for shown in showing for change in shown.changes(decoded)]
        return []

    def add_backfill[E: Event](self, backfill: Backfill[E]) -> None:
        """Give a later subscriber events that are no longer kept.

        It gets one for each subject, which is named by the field that the event's name begins with.
        """
        if backfill.event_type in self._backfills:
            raise ValueError(f"{backfill.event_type.__name__} has a backfill already")
        self._backfills[backfill.event_type] = backfill

    def backfill_of(self, event_type: type[Event] | None) -> Backfill[Any] | None:
        return self._backfills.get(event_type)

    async def publish(self, *events: Event) -> None:
        """Deliver ``events`` in this order, then those that their handlers publish.

        Called inside the transaction that makes the events true. Raises what an in-transaction
        handler raises, so that the transaction fails with it.
        """
        self._require_transaction()
        await self._store([self._outgoing_now(event) for event in events])
        for event_type in dict.fromkeys(map(type, events)):
            together = [event for event in events if type(event) is event_type]
            for subscription in self._of(event_type, Delivery.IN_TRANSACTION_TOGETHER):
                await subscription.handler(together)
        for event in events:
            for subscription in self._of(type(event), Delivery.IN_TRANSACTION):
                await subscription.handler(event)

    async def publish_later(self, event: Event, when: datetime | timedelta) -> None:
        """Deliver ``event`` to its durable subscribers, in no order, at or after ``when``.

        ``when`` is a time, or a delay by the database's clock. Called inside a transaction, as
        :meth:`publish`.
        """
        self._require_transaction()
        await self._store([self._outgoing(event)], when)

    @property
    def subscribed(self) -> tuple[Subscription, ...]:
        return tuple(chain.from_iterable(self._subscriptions.values()))

    @property
    def durable(self) -> tuple[Subscription, ...]:
        return tuple(self._durable)

    def durable_handlers(self, event_type: type[Event] | None) -> list[str]:
        """The names of the durable subscribers of exactly this type."""
        return [
            subscription.name
            for subscription in self._subscriptions.get(event_type, ())
            if subscription.delivery in _DURABLE
        ]

    def _add(self, subscription: Subscription) -> None:
        if subscription.delivery in _DURABLE:
            if subscription.lane in {durable.lane for durable in self._durable}:
                raise ValueError(f"two handlers are called {subscription.name}: name one of them")
            self._durable.append(subscription)
        self._subscriptions[subscription.event_type].append(subscription)

    def _of(self, event_type: type[Event], delivery: Delivery) -> list[Subscription]:
        return [
            subscription
            for subscription in self._subscriptions[event_type]
            if subscription.delivery is delivery
        ]

    def _all_shown(self) -> Iterator[Shown]:
        return chain.from_iterable(self._shown.values())

    def _require_transaction(self) -> None:
        if not self._database.in_transaction:
            raise RuntimeError("events are published inside a transaction")

    def _outgoing_now(self, event: Event) -> Outgoing:
        changes = [
            change for shown in self._shown.get(type(event), ()) for change in shown.changes(event)
        ]
        return self._outgoing(event, event.order_key, changes)

    def _outgoing(
        self, event: Event, key: str | None = None, changes: Sequence[Change] = ()
    ) -> Outgoing:
        handlers = self.durable_handlers(type(event)) + self.durable_handlers(None)
        return Outgoing(Envelope.seal(event), key, handlers, changes)

    async def _store(
        self, outgoing: list[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        of_use = [event for event in outgoing if event.handlers or event.changes]
        if of_use:
            await self._outbox.add(of_use, when)


def _name(handler: Handler[Any]) -> str:
    """``context.handler``, which stays when the handler moves to another file of its context."""
    context = handler.__module__.split(".")[:3][-1]  # of BE.modules.auth.service.sessions: auth
    return f"{context}.{getattr(handler, '__name__', type(handler).__name__)}"
