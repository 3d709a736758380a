import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from BE.core.context import RequestContext, enter_request
from BE.core.events import Delivery, Envelope, Event, EventBus
from BE.core.types import new_id
from tests.support.fakes import FakeDatabase, FakeOutbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name = "test.happened"

    thing_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Event):
    name = "test.other_happened"


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    async def on_happened(self, event: Happened) -> None:
        self.heard.append(event)

    async def fail(self, event: Happened) -> None:
        raise ValueError("boom")


EVENT = Happened(thing_id=new_id())


async def publish(bus: EventBus, database: FakeDatabase, event: Event = EVENT) -> None:
    async with database.transaction():
        await bus.publish(event)
    for callback in database.after_commit_callbacks:
        callback()


async def test_hears_only_what_it_subscribed_to() -> None:
    database, listener = FakeDatabase(), Listener()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, listener.on_happened, Delivery.IN_TRANSACTION)

    await publish(bus, database)
    await publish(bus, database, Other())

    assert listener.heard == [EVENT]


async def test_a_failure_in_the_transaction_is_the_publisher_s() -> None:
    database, listener = FakeDatabase(), Listener()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, listener.fail, Delivery.IN_TRANSACTION)
    bus.subscribe(Happened, listener.on_happened, Delivery.EPHEMERAL)

    with pytest.raises(ValueError, match="boom"):
        await publish(bus, database)

    await bus.drain()
    assert database.rollbacks == 1
    assert listener.heard == []


async def test_an_ephemeral_subscriber_hears_after_the_commit() -> None:
    database, listener = FakeDatabase(), Listener()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, listener.on_happened, Delivery.EPHEMERAL)

    async with database.transaction():
        await bus.publish(EVENT)
        await bus.drain()
        before = list(listener.heard)
    for callback in database.after_commit_callbacks:
        callback()
    await bus.drain()

    assert before == []
    assert listener.heard == [EVENT]


async def test_a_failing_ephemeral_subscriber_stops_no_other() -> None:
    database, listener = FakeDatabase(), Listener()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, listener.fail, Delivery.EPHEMERAL)
    bus.subscribe(Happened, listener.on_happened, Delivery.EPHEMERAL)

    await publish(bus, database)
    await bus.drain()

    assert listener.heard == [EVENT]


async def test_drain_ends_what_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("BE.core.events.bus._DRAIN_TIMEOUT", 0.01)
    database = FakeDatabase()
    bus = EventBus(database, FakeOutbox())
    ended = asyncio.Event()

    async def hang(_: Happened) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    bus.subscribe(Happened, hang, Delivery.EPHEMERAL)
    await publish(bus, database)
    await bus.drain()

    await asyncio.wait_for(ended.wait(), 120)


async def test_nothing_is_published_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await EventBus(FakeDatabase(), FakeOutbox()).publish(EVENT)


async def test_an_envelope_tells_of_the_request() -> None:
    actor = new_id()

    async def serve() -> Envelope[Happened]:
        enter_request(RequestContext("req-1", actor_id=actor))
        return Envelope.seal(EVENT)

    within = await asyncio.create_task(serve())
    outside = Envelope.seal(EVENT)

    assert (within.event, within.request_id, within.actor_id) == (EVENT, "req-1", actor)
    assert (outside.request_id, outside.actor_id) == (None, None)
    assert outside.id != within.id


async def test_together_means_once_for_all_of_a_type() -> None:
    database = FakeDatabase()
    bus, heard = EventBus(database, FakeOutbox()), list[Sequence[Event]]()

    async def on_all(events: Sequence[Event]) -> None:
        heard.append(events)

    bus.subscribe(Happened, on_all, Delivery.IN_TRANSACTION_TOGETHER)
    async with database.transaction():
        await bus.publish(EVENT, EVENT)
        await bus.publish(EVENT)

    assert heard == [[EVENT, EVENT], [EVENT]]
