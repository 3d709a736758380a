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


class Subscriber:
    def __init__(self) -> None:
        self.received: list[Event] = []

    async def on_happened(self, event: Happened) -> None:
        self.received.append(event)

    async def fail(self, event: Happened) -> None:
        raise ValueError("boom")


EVENT = Happened(thing_id=new_id())


async def publish(bus: EventBus, database: FakeDatabase, event: Event = EVENT) -> None:
    async with database.transaction():
        await bus.publish(event)
    for callback in database.after_commit_callbacks:
        callback()


async def test_a_subscriber_receives_only_its_events() -> None:
    database, subscriber = FakeDatabase(), Subscriber()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, subscriber.on_happened, Delivery.IN_TRANSACTION)

    await publish(bus, database)
    await publish(bus, database, Other())

    assert subscriber.received == [EVENT]


async def test_a_failure_in_the_transaction_reaches_the_publisher() -> None:
    database, subscriber = FakeDatabase(), Subscriber()
    bus = EventBus(database, FakeOutbox())
    bus.subscribe(Happened, subscriber.fail, Delivery.IN_TRANSACTION)
    bus.subscribe(Happened, subscriber.on_happened, Delivery.IN_TRANSACTION)

    with pytest.raises(ValueError, match="boom"):
        await publish(bus, database)

    assert database.rollbacks == 1
    assert subscriber.received == []


async def test_nothing_is_published_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await EventBus(FakeDatabase(), FakeOutbox()).publish(EVENT)


async def test_an_envelope_names_the_request() -> None:
    actor = new_id()

    async def serve() -> Envelope[Happened]:
        enter_request(RequestContext("req-1", actor_id=actor))
        return Envelope.seal(EVENT)

    within = await asyncio.create_task(serve())
    outside = Envelope.seal(EVENT)

    assert (within.event, within.request_id, within.actor_id) == (EVENT, "req-1", actor)
    assert (outside.request_id, outside.actor_id) == (None, None)
    assert outside.id != within.id


async def test_a_batch_handler_is_called_once_for_all_events_of_a_publish() -> None:
    database = FakeDatabase()
    bus, received = EventBus(database, FakeOutbox()), list[Sequence[Event]]()

    async def on_all(events: Sequence[Event]) -> None:
        received.append(events)

    bus.subscribe(Happened, on_all, Delivery.IN_TRANSACTION_TOGETHER)
    async with database.transaction():
        await bus.publish(EVENT, EVENT)
        await bus.publish(EVENT)

    assert received == [[EVENT, EVENT], [EVENT]]


@pytest.mark.parametrize("word", ["name", "version", "key"])
def test_a_field_may_not_have_a_reserved_name(word: str) -> None:
    with pytest.raises(TypeError, match=f"an event's {word} is that of its type"):
        type("Renamed", (Event,), {"__annotations__": {word: str}})
