import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any

import structlog

from BE.core.database import Database
from BE.core.events.event import Envelope, Event

log = structlog.get_logger(__name__)

type Handler[E: Event] = Callable[[E], Awaitable[None]]

_DRAIN_TIMEOUT = 3.0


class Delivery(Enum):
    """How a subscriber wants its events; it chooses, not the publisher."""

    IN_TRANSACTION = auto()
    """At once, in the publisher's transaction: a failure undoes both."""

    EPHEMERAL = auto()
    """After commit, in this process, best effort: a failure is logged."""


class EventBus:
    """Delivers each event to those who subscribed to its type."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._handlers: dict[tuple[type[Event], Delivery], list[Handler[Any]]] = defaultdict(list)
        self._running: set[asyncio.Task[None]] = set()

    def subscribe[E: Event](
        self, event_type: type[E], handler: Handler[E], delivery: Delivery
    ) -> None:
        self._handlers[event_type, delivery].append(handler)

    async def publish(self, event: Event) -> None:
        """Deliver ``event``, and whatever its handlers publish in turn.

        Called inside the transaction that makes the event true. Raises what an in-transaction
        handler raises, so that the transaction fails with it.
        """
        if not self._database.in_transaction:
            raise RuntimeError(f"{event.name} must be published inside a transaction")
        envelope = Envelope.seal(event)
        for handler in self._handlers[type(event), Delivery.IN_TRANSACTION]:
            await handler(event)
        if self._handlers[type(event), Delivery.EPHEMERAL]:
            self._database.after_commit(lambda: self._start_ephemeral(envelope))

    async def drain(self) -> None:
        """Let running ephemeral handlers finish, for three seconds at most."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_DRAIN_TIMEOUT)
            for task in late:
                task.cancel()

    def _start_ephemeral(self, envelope: Envelope) -> None:
        for handler in self._handlers[type(envelope.event), Delivery.EPHEMERAL]:
            task = asyncio.create_task(_run_ephemeral(handler, envelope))
            self._running.add(task)  # the loop itself keeps only a weak reference
            task.add_done_callback(self._running.discard)


async def _run_ephemeral(handler: Handler[Any], envelope: Envelope) -> None:
    try:
        await handler(envelope.event)
    except Exception:
        log.exception(
            "ephemeral_handler_failed",
            event_name=envelope.event.name,
            event_id=str(envelope.id),
            request_id=envelope.request_id,
            handler=getattr(handler, "__qualname__", repr(handler)),
        )
