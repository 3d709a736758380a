"""Durable events on a real PostgreSQL: nothing published is lost, nothing takes effect twice."""

import asyncio
import json
import logging
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from BE.core.context import RequestContext, current_request, enter_request
from BE.core.events import (
    Delivery,
    Envelope,
    Event,
    HourPassed,
    StoredEvent,
)
from BE.core.events.outbox import Claimed, Lane
from BE.core.telemetry.logging import configure_logging
from BE.core.types import new_id
from migrations.runner import Schema
from tests.support.events import (
    AT_ONCE,
    EFFECTS,
    Counted,
    CountingDatabase,
    Node,
    Noticed,
    eventually,
)
from tests.support.postgres import execute, fresh_database

type Start = Callable[..., Any]


@pytest.fixture(scope="module")
async def events_dsn(server: str) -> AsyncIterator[str]:
    async with fresh_database(server) as dsn:
        await Schema(dsn).migrate()
        await execute(dsn, EFFECTS)
        yield dsn


@pytest.fixture(params=[5, 1], ids=["pool of 5", "pool of 1"])
async def start(request: pytest.FixtureRequest, events_dsn: str) -> AsyncIterator[Start]:
    """Make what stands for a process; several share the database."""
    await execute(events_dsn, "DELETE FROM events.event; DELETE FROM effect")
    async with AsyncExitStack() as databases:

        async def start(**relay: Any) -> Node:
            database = CountingDatabase(
                events_dsn,
                pool_size=1,
                max_overflow=request.param - 1,
                acquire_timeout=60,
                idle_lifetime=300,
            )
            return Node(await databases.enter_async_context(database), **relay)

        yield start


@pytest.fixture
async def node(start: Start) -> Node:
    made: Node = await start()
    return made


async def claim(
    node: Node, lease: timedelta = timedelta(seconds=60), *, suspects: int = 0, free: int = 100
) -> list[Claimed]:
    return await node.outbox.claim(
        [Lane(*each.lane, free, followers=0) for each in node.bus.durable],
        suspects=suspects,
        lease=lease,
        retries=AT_ONCE,
    )


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What is logged about events."""
    configure_logging(style="json", level="WARNING")
    told: list[Any] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.msg)  # type: ignore[method-assign]
    logger = logging.getLogger("BE.core.events")
    logger.addHandler(handler)
    yield told
    logger.removeHandler(handler)


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is written to the log, by whomever."""
    configure_logging(style="json", level="WARNING")
    root, written = logging.getLogger(), list[dict[str, Any]]()
    formatter = root.handlers[0].formatter
    assert formatter is not None
    handler = logging.Handler()
    handler.emit = lambda record: written.append(  # type: ignore[method-assign]
        json.loads(formatter.format(record))
    )
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


LOST = timedelta(0)
"""The lease of a process that ends at once."""


class TestPublishing:
    async def test_costs_nothing_when_nobody_subscribed_durably(self, node: Node) -> None:
        async def hear(_: Noticed) -> None: ...

        node.bus.subscribe(Noticed, hear, Delivery.IN_TRANSACTION)
        node.db.statements.clear()

        await node.publish(Noticed(number=1))

        assert node.db.statements == []

    async def test_costs_one_statement_for_all_who_did(self, node: Node) -> None:
        async def hear(_: Noticed) -> None: ...

        for name in ("a", "b", "c"):
            node.bus.subscribe(Noticed, hear, name=name)
        node.bus.subscribe(Counted, node.count)
        node.db.statements.clear()

        async with node.db.transaction():
            await node.bus.publish(Noticed(number=1), Counted(subject="a", number=1))

        assert len(node.db.statements) == 1
        assert await node.states() == [("pending", 0)] * 4

    async def test_is_undone_with_the_transaction(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)

        with pytest.raises(ValueError, match="boom"):
            async with node.db.transaction():
                await node.bus.publish(Counted(subject="a", number=1))
                raise ValueError("boom")

        assert await node.states() == []
        assert not node.outbox.filled.is_set()

    async def test_comes_before_what_a_subscriber_publishes_in_turn(self, node: Node) -> None:
        async def answer(event: Noticed) -> None:
            await node.bus.publish(Counted(subject="a", number=event.number))

        heard: list[str] = []

        async def hear(events: Sequence[StoredEvent]) -> None:
            heard.extend(each.name for each in events)

        node.bus.subscribe(Noticed, answer, Delivery.IN_TRANSACTION)
        node.bus.subscribe_all(hear)

        await node.publish(Noticed(number=1), Noticed(number=2))
        rows = await node.db.fetch(
            "SELECT e.name, (payload->>'number')::integer AS number"
            " FROM events.delivery d JOIN events.event e ON e.id = event_id ORDER BY d.id"
        )

        assert [(row["name"], row["number"]) for row in rows] == [
            ("test.noticed", 1),
            ("test.noticed", 2),
            ("test.counted", 1),
            ("test.counted", 2),
        ]

    @pytest.mark.parametrize(
        "soon",
        [lambda: timedelta(hours=1), lambda: datetime.now(UTC) + timedelta(hours=1)],
        ids=["after a time", "at a time"],
    )
    async def test_can_be_for_later(
        self, node: Node, soon: Callable[[], datetime | timedelta]
    ) -> None:
        node.bus.subscribe(Counted, node.count)
        async with node.db.transaction():
            await node.bus.publish_later(Counted(subject="a", number=1), soon())
        early = await claim(node)

        await node.db.execute("UPDATE events.delivery SET due_at = due_at - '1 hour'::interval")
        late = await claim(node)

        assert early == []
        assert len(late) == 1

    async def test_later_needs_a_transaction_too(self, node: Node) -> None:
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await node.bus.publish_later(Noticed(number=1), timedelta(0))


class TestDelivery:
    async def test_is_at_once_in_the_process_that_published(self, start: Start) -> None:
        node = await start(poll=3600)
        node.bus.subscribe(Counted, node.count)
        async with node.relaying():
            await eventually(lambda: _claimed_once(node))

            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert await node.effects() == [("a", 1)]
        assert await node.states() == [("done", 1)]

    async def test_is_found_by_the_poll_of_another(self, start: Start) -> None:
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        async with there.relaying():
            await here.publish(Counted(subject="a", number=1))
            await here.settled()

        assert await here.effects() == [("a", 1)]

    async def test_outlives_the_process_that_published(self, start: Start) -> None:
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        await here.publish(*(Counted(subject="a", number=each) for each in range(200)))

        async with there.relaying():
            await there.settled()

        assert await there.effects() == [("a", each) for each in range(200)]

    async def test_a_failure_is_undone_and_tried_again(self, node: Node) -> None:
        tried: list[int] = []

        async def fail_once(event: Counted) -> None:
            await node.count(event)
            tried.append(event.number)
            if len(tried) == 1:
                raise ValueError("boom")

        node.bus.subscribe(Counted, fail_once)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert tried == [1, 1]
        assert await node.effects() == [("a", 1)]
        assert await node.states() == [("done", 2)]

    async def test_is_dead_after_its_attempts_and_says_why(self, node: Node) -> None:
        async def fail(_: Counted) -> None:
            raise ValueError("b\x00\ud800m")

        node.bus.subscribe(Counted, fail)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert await node.states() == [("dead", 3)]
        (dead,) = await node.deliveries.newest("dead", limit=10)
        assert dead.last_error is not None
        assert dead.last_error.startswith("ValueError: b")

    async def test_the_wait_grows_by_four_up_to_a_limit(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(each), number=each) for each in range(50)))
        retries = type(AT_ONCE)(attempts=9, first=timedelta(seconds=10), longest=timedelta(hours=1))
        bounds = []
        async with node.db.transaction():  # in which no time passes
            for attempts in (1, 2, 3, 8):
                await node.db.execute(
                    "UPDATE events.delivery SET attempts = $1, due_at = now()", attempts - 1
                )
                for each in await claim(node):
                    await node.outbox.fail(each, "", retries)
                waits = await node.db.fetch(
                    "SELECT extract(epoch FROM due_at - now())::float AS s FROM events.delivery"
                )
                bounds.append(max(row["s"] for row in waits))

        for longest, bound in zip(bounds, (10, 40, 160, 3600), strict=True):
            assert bound / 2 < longest <= bound

    async def test_outside_has_no_transaction_and_the_same_id_each_time(self, node: Node) -> None:
        seen: list[tuple[object, bool]] = []

        async def send(envelope: Envelope[Counted]) -> None:
            seen.append((envelope.id, node.db.in_transaction))
            if len(seen) == 1:
                raise OSError("no route")

        node.bus.subscribe(Counted, send, Delivery.DURABLE_OUTSIDE)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert len(seen) == 2
        assert len({event_id for event_id, _ in seen}) == 1
        assert not any(in_transaction for _, in_transaction in seen)

    async def test_a_handler_in_batches_keeps_what_it_committed_before_it_failed(
        self, node: Node
    ) -> None:
        async def purge(event: Counted) -> None:
            assert not node.db.in_transaction
            await node.count(event)
            if len(await node.effects()) == 1:
                raise OSError("no route")

        node.bus.subscribe(Counted, purge, Delivery.DURABLE_IN_BATCHES)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert await node.effects() == [("a", 1), ("a", 1)]
        assert await node.states() == [("done", 2)]

    async def test_a_handler_that_takes_too_long_has_failed(self, start: Start) -> None:
        node = await start(handler_timeout=0.05, retries=replace(AT_ONCE, attempts=1000))
        hangs = True

        async def hang_once(event: Counted) -> None:
            nonlocal hangs
            if hangs:
                hangs = False
                node.relay._runner._handler_timeout = 50  # enough for the next attempt
                await asyncio.Event().wait()
            await node.count(event)

        node.bus.subscribe(Counted, hang_once)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert await node.effects() == [("a", 1)]
        ((state, attempts),) = await node.states()
        assert state == "done"
        assert attempts >= 2

    async def test_a_slow_handler_holds_up_no_other(self, node: Node) -> None:
        release = asyncio.Event()

        async def crawl(_: Envelope[Counted]) -> None:
            await release.wait()

        node.bus.subscribe(Counted, crawl, Delivery.DURABLE_OUTSIDE)
        node.bus.subscribe(Counted, node.count)
        async with node.relaying():
            await node.publish(*(Counted(subject=str(each), number=each) for each in range(60)))
            await node.settled(but=60)
            release.set()
            await node.settled()

        assert len(await node.effects()) == 60

    async def test_goes_on_after_something_that_nobody_expected(
        self, node: Node, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
    ) -> None:
        monkeypatch.setattr("BE.core.events.schedule._RETRY_DELAY", 0.01)
        monkeypatch.setattr("BE.core.events.schedule._SPREAD", 0.01)
        for method in ("claim", "tick_hour"):
            monkeypatch.setattr(node.outbox, method, _failing_once(getattr(node.outbox, method)))
        heard: list[HourPassed] = []

        async def on_hour(event: HourPassed) -> None:
            heard.append(event)

        node.bus.subscribe(HourPassed, on_hour)
        ready = asyncio.Event()
        ready.set()
        async with node.schedule.running(ready), node.relaying():
            await eventually(lambda: _is(bool(heard)))
            await node.settled()

        assert {each["event"] for each in logs} == {"relay_failed", "schedule_failed"}

    async def test_what_a_handler_publishes_is_caused_by_the_same_request(self, node: Node) -> None:
        actor = new_id()
        heard: list[StoredEvent] = []

        async def answer(event: Noticed) -> None:
            await node.bus.publish(Counted(subject="a", number=event.number))

        async def hear(events: Sequence[StoredEvent]) -> None:
            heard.extend(events)

        async def serve() -> None:
            enter_request(RequestContext("req-1", client_ip="192.0.2.1", actor_id=actor))
            await node.publish(Noticed(number=7))

        node.bus.subscribe(Noticed, answer)
        node.bus.subscribe_all(hear)
        async with node.relaying():
            await asyncio.create_task(serve())
            await eventually(lambda: _is(len(heard) == 2))
            await node.settled()

        assert {each.name for each in heard} == {"test.noticed", "test.counted"}
        assert {(each.request_id, each.client_ip, each.actor_id) for each in heard} == {
            ("req-1", "192.0.2.1", actor)
        }
        assert current_request() is None

    async def test_a_failure_is_logged_with_event_and_request(
        self, node: Node, logs: list[Any]
    ) -> None:
        async def fail(_: Noticed) -> None:
            raise ValueError("boom")

        async def serve() -> None:
            enter_request(RequestContext("req-1"))
            await node.publish(Noticed(number=7))

        node.bus.subscribe(Noticed, fail, name="test.fail")
        async with node.relaying():
            await asyncio.create_task(serve())
            await node.settled()

        failed = [each for each in logs if each["event"] == "delivery_failed"]
        assert [each["state"] for each in failed] == ["pending", "pending", "dead"]
        assert {each["request_id"] for each in failed} == {"req-1"}
        assert {each["handler"] for each in failed} == {"test.fail"}
        assert all(each["event_id"] for each in failed)

    @pytest.mark.parametrize(
        "delivery",
        [Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES, Delivery.DURABLE_OUTSIDE],
    )
    async def test_what_is_logged_on_its_way_tells_of_event_and_request(
        self, node: Node, lines: list[dict[str, Any]], delivery: Any
    ) -> None:
        async def work(_: object) -> None:
            structlog.get_logger("ours").warning("said")
            await asyncio.create_task(shout())

        async def shout() -> None:
            logging.getLogger("a.library").warning("said")

        node.bus.subscribe(Noticed, work, delivery, name="work")
        async with node.relaying():
            await publish_as("req-1", node, Noticed(number=1))
            await publish_as("req-2", node, Noticed(number=2))
            await node.settled()

        rows = await node.db.fetch("SELECT id::text, request_id FROM events.event")
        said = [each for each in lines if each["event"] == "said"]
        assert len(said) == 4
        assert {(each["event_id"], each["request_id"]) for each in said} == {
            tuple(row) for row in rows
        }
        assert {each["handler"] for each in said} == {"work"}

    async def test_what_is_logged_of_several_tells_of_each(
        self, node: Node, lines: list[dict[str, Any]]
    ) -> None:
        async def work(_: Sequence[StoredEvent]) -> None:
            structlog.get_logger("ours").warning("said")

        node.bus.subscribe_all(work, name="work")
        await publish_as("req-1", node, Noticed(number=1))
        await publish_as("req-2", node, Noticed(number=2))
        async with node.relaying():
            await node.settled()

        rows = await node.db.fetch("SELECT id::text FROM events.event")
        (said,) = (each for each in lines if each["event"] == "said")
        assert set(said["event_ids"]) == {row["id"] for row in rows}
        assert set(said["request_ids"]) == {"req-1", "req-2"}


class TestSeveralAtATime:
    async def test_are_acknowledged_and_handled_in_one_transaction(self, node: Node) -> None:
        heard: list[list[int]] = []

        async def hear(events: Sequence[StoredEvent]) -> None:
            heard.append([json.loads(each.payload)["number"] for each in events])

        node.bus.subscribe_all(hear, name="hear")
        await node.publish(
            *(Counted(subject=str(each % 3), number=each) for each in range(20)),
            *(Noticed(number=each) for each in range(20, 40)),
        )
        async with node.relaying():
            await node.settled()

        assert heard == [list(range(40))]

    async def test_one_that_fails_does_so_alone(self, node: Node) -> None:
        heard: list[int] = []

        async def hear(events: Sequence[StoredEvent]) -> None:
            numbers = [json.loads(each.payload)["number"] for each in events]
            for number in numbers:
                await node.count(Counted(subject="a", number=number))
                if number == 2:
                    raise ValueError("boom")
            heard.extend(numbers)

        node.bus.subscribe_all(hear, name="hear")
        await node.publish(*(Noticed(number=each) for each in range(5)))
        async with node.relaying():
            await node.settled()

        assert sorted(heard) == [0, 1, 3, 4]
        assert sorted(await node.effects()) == [("a", each) for each in (0, 1, 3, 4)]
        assert sorted(await node.states()) == [("dead", 3)] + [("done", 1)] * 4

    async def test_keep_the_order_of_their_key(self, start: Start) -> None:
        nodes = [await start() for _ in range(3)]

        def hearing(node: Node) -> Callable[[Sequence[StoredEvent]], Any]:
            async def hear(events: Sequence[StoredEvent]) -> None:
                for each in events:
                    await node.count(Counted(**json.loads(each.payload)))

            return hear

        for node in nodes:
            node.bus.subscribe_all(hearing(node), name="hear")
        async with AsyncExitStack() as running:
            for node in nodes:
                await running.enter_async_context(node.relaying())
            for number in range(60):
                await nodes[number % 3].publish(
                    *(Counted(subject=subject, number=number) for subject in "abcd")
                )
            await nodes[0].settled()

        effects = defaultdict(list)
        for subject, number in await nodes[0].effects():
            effects[subject].append(number)
        assert effects == {subject: list(range(60)) for subject in "abcd"}

    async def test_one_whose_lease_has_ended_leaves_no_effect(self, node: Node) -> None:
        async def hear(events: Sequence[StoredEvent]) -> None:
            await node.count(Counted(subject="late", number=len(events)))

        node.bus.subscribe_all(hear, name="hear")
        await node.publish(Noticed(number=1), Noticed(number=2))
        claimed = await claim(node)
        await node.outbox.give_back(claimed[:1])

        done = await node.relay._runner.run_together(claimed, node.bus.durable[0])

        assert not done
        assert await node.effects() == []
        assert set(await node.states()) == {("pending", 0), ("pending", 1)}


async def publish_as(request_id: str, node: Node, event: Event) -> None:
    """Publish while a request is served."""

    async def serve() -> None:
        enter_request(RequestContext(request_id))
        await node.publish(event)

    await asyncio.create_task(serve())


class TestLease:
    async def test_one_that_has_ended_cannot_acknowledge(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, LOST)
        (taken,) = await claim(node, suspects=1)

        assert not await node.outbox.acknowledge([frozen])
        assert await node.outbox.fail(frozen, "late", AT_ONCE) is None
        await node.outbox.give_back([frozen])
        assert await node.outbox.acknowledge([taken])
        assert await node.states() == [("done", 2)]

    async def test_a_handler_that_outlived_it_leaves_no_effect(self, start: Start) -> None:
        """Frozen after it was claimed, before it began: the acknowledgement comes first."""
        node = await start()
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, LOST)
        async with node.relaying():
            await node.settled()

            done = await node.relay._runner.run(frozen, node.bus.durable[0])

        assert not done
        assert await node.effects() == [("a", 1)]

    async def test_is_given_to_one_of_two_who_ask_at_once(self, start: Start) -> None:
        here, there = await start(), await start()
        for each in (here, there):
            each.bus.subscribe(Counted, each.count)
        await here.publish(Counted(subject="a", number=1))
        async with here.db.transaction():
            first = await claim(here)
            second = await claim(there)

        assert len(first) == 1
        assert second == []

    async def test_what_may_have_killed_two_processes_runs_alone(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(each), number=each) for each in range(5)))
        killed = [await claim(node, LOST) for _ in range(2)]
        await node.publish(Counted(subject="new", number=5))

        claims = [await claim(node, suspects=1), await claim(node, suspects=0)]

        assert [len(each) for each in killed] == [5, 5]
        assert [[each.event.payload for each in claimed] for claimed in claims] == [
            ['{"number": 0, "subject": "0"}', '{"number": 5, "subject": "new"}'],
            [],
        ]
        assert [each.is_suspect for each in claims[0]] == [True, False]

    async def test_what_kills_its_process_each_time_dies_itself(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1), Counted(subject="a", number=2))
        for _ in range(AT_ONCE.attempts):
            assert len(await claim(node, LOST, suspects=1)) == 1

        assert await claim(node, suspects=1) == []
        (second,) = await claim(node)

        assert second.event.payload == '{"number": 2, "subject": "a"}'
        assert (await node.states())[0] == ("dead", AT_ONCE.attempts)

    async def test_a_failure_that_was_told_is_no_reason_for_suspicion(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(each), number=each) for each in range(5)))
        for each in await claim(node):
            await node.outbox.fail(each, "no route", AT_ONCE)

        assert len(await claim(node)) == 5

    async def test_must_be_longer_than_a_handler_may_take(self, start: Start) -> None:
        with pytest.raises(ValueError, match="before its lease"):
            await start(handler_timeout=60, lease=60)


class TestOrder:
    async def test_of_a_key_holds_across_processes_failures_and_batches(self, start: Start) -> None:
        nodes = [await start() for _ in range(3)]
        chance = random.Random(1)

        def flaky(node: Node) -> Callable[[Counted], Any]:
            async def on_counted(event: Counted) -> None:
                await node.count(event)
                if chance.random() < 0.1:
                    raise ValueError("boom")

            return on_counted

        for node in nodes:
            node.bus.subscribe(Counted, flaky(node), name="flaky")
        async with AsyncExitStack() as running:
            for node in nodes:
                await running.enter_async_context(node.relaying())
            for number in range(60):
                await nodes[number % 3].publish(
                    *(Counted(subject=subject, number=number) for subject in "abcd")
                )
            await nodes[0].settled()

        dead = len(await nodes[0].deliveries.newest("dead", limit=100))
        effects = defaultdict(list)
        for subject, number in await nodes[0].effects():
            effects[subject].append(number)
        assert sum(map(len, effects.values())) == 240 - dead
        for numbers in effects.values():
            assert numbers == sorted(set(numbers))

    async def test_a_failing_one_holds_up_its_key_and_no_other(self, start: Start) -> None:
        slowly = type(AT_ONCE)(attempts=3, first=timedelta(hours=1), longest=timedelta(hours=1))
        node = await start(retries=slowly)

        async def fail_first(event: Counted) -> None:
            if (event.subject, event.number) == ("a", 0):
                raise ValueError("boom")
            await node.count(event)

        node.bus.subscribe(Counted, fail_first)
        await node.publish(
            *(Counted(subject=subject, number=each) for each in range(3) for subject in "ab")
        )
        async with node.relaying():
            await node.settled(but=3)
            await eventually(lambda: _attempts_told(node))

        assert await node.effects() == [("b", 0), ("b", 1), ("b", 2)]
        assert sorted(await node.states()) == [("done", 1)] * 3 + [("pending", 0)] * 2 + [
            ("pending", 1)
        ]

    async def test_a_dead_one_lets_its_key_go_on(self, node: Node) -> None:
        async def fail_first(event: Counted) -> None:
            if event.number == 0:
                raise ValueError("boom")
            await node.count(event)

        node.bus.subscribe(Counted, fail_first)
        await node.publish(*(Counted(subject="a", number=each) for each in range(3)))
        async with node.relaying():
            await node.settled()

        assert await node.effects() == [("a", 1), ("a", 2)]
        assert await node.states() == [("dead", 3), ("done", 1), ("done", 1)]

    async def test_a_chain_stops_where_one_is_not_due(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject="a", number=each) for each in range(4)))
        await node.db.execute(
            "UPDATE events.delivery SET due_at = now() + '1 hour' WHERE id ="
            " (SELECT id FROM events.delivery ORDER BY id OFFSET 2 LIMIT 1)"
        )

        claimed = await node.outbox.claim(
            [Lane(*each.lane, 10, followers=10) for each in node.bus.durable],
            suspects=1,
            lease=timedelta(seconds=60),
            retries=AT_ONCE,
        )

        assert len(claimed) == 2

    async def test_follows_publishers_that_lock_what_the_key_names(self, start: Start) -> None:
        """Of two at once, the one that waited for the lock of the other comes second."""
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        await here.db.execute("INSERT INTO effect (id, subject) VALUES (-1, 'the row')")
        lock = "SELECT id FROM effect WHERE id = -1 FOR UPDATE"
        locked = asyncio.Event()

        async def second() -> None:
            await locked.wait()
            async with there.db.transaction():
                await there.db.execute("SET LOCAL lock_timeout = 0")
                await there.db.execute("SET LOCAL statement_timeout = '1 min'")
                await there.db.execute(lock)
                await there.bus.publish(Counted(subject="a", number=2))

        waiting = asyncio.create_task(second())
        async with here.db.transaction():
            await here.db.execute(lock)
            locked.set()
            await eventually(lambda: _somebody_waits(here))
            await here.bus.publish(Counted(subject="a", number=1))
        await waiting
        async with here.relaying():
            await here.settled()

        assert (await here.effects())[1:] == [("a", 1), ("a", 2)]

    async def test_does_not_depend_on_the_clock_of_a_process(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        node.bus.subscribe(Counted, node.count)
        years = iter((2030, 1999, 2077, 2001))

        class Jumping:
            @staticmethod
            def now(_: object) -> datetime:
                return datetime(next(years), 1, 1, tzinfo=UTC)

        monkeypatch.setattr("BE.core.events.event.datetime", Jumping)
        for number in range(4):
            await node.publish(Counted(subject="a", number=number))
        async with node.relaying():
            await node.settled()

        assert await node.effects() == [("a", each) for each in range(4)]


class TestWhatNobodyHereKnows:
    async def test_stays_pending_uncounted_and_is_reported(
        self,
        start: Start,
        monkeypatch: pytest.MonkeyPatch,
        logs: list[Any],
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._REPORT_INTERVAL", 0.05)
        new, old = await start(), await start()
        new.bus.subscribe(Noticed, _ignore, name="known")
        new.bus.subscribe(Noticed, _ignore, name="new")
        old.bus.subscribe(Noticed, _ignore, name="known")
        await new.publish(Noticed(number=1), Noticed(number=2))
        await new.db.execute(
            "UPDATE events.event SET version = 2 WHERE (payload->>'number')::integer = 2"
        )

        def reported() -> set[tuple[str, str, int]]:
            return {
                (each["handler"], each["event_type"], each["pending"])
                for each in logs
                if each["event"] == "events_unhandled"
            }

        async with old.relaying():
            await eventually(
                lambda: _is(
                    reported()
                    >= {
                        ("known", "test.noticed@2", 1),
                        ("new", "test.noticed@1", 1),
                        ("new", "test.noticed@2", 1),
                    }
                )
            )

        assert Counter(await old.states()) == {("done", 1): 1, ("pending", 0): 3}

    async def test_is_given_whole_to_who_hears_everything(self, start: Start) -> None:
        new, old = await start(), await start()
        heard: list[StoredEvent] = []

        async def hear(events: Sequence[StoredEvent]) -> None:
            heard.extend(events)

        new.bus.subscribe_all(hear, name="audit")
        old.bus.subscribe_all(hear, name="audit")
        await new.publish(Noticed(number=1))
        await new.db.execute("UPDATE events.event SET name = 'moon.landed', version = 3")
        async with old.relaying():
            await old.settled()

        (stored,) = heard
        assert (stored.name, stored.version) == ("moon.landed", 3)
        assert stored.payload == '{"colour": "blue", "number": 1}'

    async def test_a_field_is_ignored_and_one_that_is_not_there_takes_its_default(
        self, node: Node
    ) -> None:
        heard: list[Event] = []

        async def hear(event: Noticed) -> None:
            heard.append(event)

        node.bus.subscribe(Noticed, hear)
        await node.publish(Noticed(number=1, colour="red"))
        await node.db.execute("""UPDATE events.event SET payload = '{"number": 1, "shape": "o"}'""")
        async with node.relaying():
            await node.settled()

        assert heard == [Noticed(number=1, colour="blue")]


class TestSchedule:
    async def test_ticks_once_however_many_processes_there_are(self, start: Start) -> None:
        nodes = [await start() for _ in range(3)]
        heard: list[datetime] = []

        async def on_hour(event: HourPassed) -> None:
            heard.append(event.began_at)

        ready = asyncio.Event()
        ready.set()
        before = await hour(nodes[0])
        async with AsyncExitStack() as running:
            for node in nodes:
                node.bus.subscribe(HourPassed, on_hour)
                await running.enter_async_context(node.schedule.running(ready))
                await running.enter_async_context(node.relaying())
            await asyncio.gather(*(node.schedule.tick() for node in nodes))
            await eventually(lambda: _is(bool(heard)))
            await nodes[0].settled()

        assert len(heard) == len(set(heard))
        assert set(heard) <= {before, await hour(nodes[0])}  # it may have passed in between

    async def test_knows_when_the_next_is_due(self, node: Node) -> None:
        node.bus.subscribe(HourPassed, _ignore)
        left = await node.db.fetchval(
            "SELECT extract(epoch FROM date_trunc('hour', now(), 'UTC') + '1 hour' - now())::float"
        )

        seconds = await node.schedule.tick()

        assert seconds is not None
        assert (left - seconds) % 3600 <= 600  # the hour may have passed in between

    async def test_writes_nothing_where_nobody_listens(self, node: Node) -> None:
        assert await node.schedule.tick() is None
        assert await node.db.fetchval("SELECT count(*) FROM events.event") == 0

    async def test_what_was_missed_is_made_up_for_once(self, node: Node) -> None:
        node.bus.subscribe(HourPassed, _ignore)
        await node.db.execute(  # as if the last time had been a day ago
            """
            INSERT INTO events.event (id, name, version, payload, occurred_at)
            SELECT md5('schedule.hour_passed ' || extract(epoch FROM hour))::uuid,
                'schedule.hour_passed', 1, '{}', hour
            FROM date_trunc('hour', now() - '1 day'::interval, 'UTC') AS hour
            """
        )

        for _ in range(3):
            await node.schedule.tick()

        assert await node.states() == [("pending", 0)]


class TestPurge:
    async def test_deletes_what_was_done_long_ago_and_nothing_else(self, node: Node) -> None:
        node.bus.subscribe(Noticed, _ignore, name="a")
        node.bus.subscribe(Noticed, _ignore, name="b")
        await node.publish(*(Noticed(number=each) for each in range(3)))
        await node.db.execute(
            """
            UPDATE events.delivery AS d
            SET state = CASE WHEN done THEN 'done' ELSE state END,
                finished_at = CASE WHEN done THEN now() - age END
            FROM (
                SELECT d.id, row_number() OVER (ORDER BY d.id) NOT IN (3) AS done,
                    CASE WHEN row_number() OVER (ORDER BY d.id) > 4 THEN '6 days'
                    ELSE '8 days' END::interval AS age
                FROM events.delivery AS d
            ) AS chosen
            WHERE chosen.id = d.id
            """
        )

        await node.deliveries.on_hour_passed(HourPassed(began_at=datetime.now(UTC)))

        assert await node.states() == [("pending", 0), ("done", 0), ("done", 0)]
        assert await node.db.fetchval("SELECT count(*) FROM events.event") == 2

    async def test_goes_on_until_nothing_is_left(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.events.deliveries._PURGED_AT_ONCE", 2)
        node.bus.subscribe(Noticed, _ignore)
        await node.publish(*(Noticed(number=each) for each in range(5)))
        await node.db.execute(
            "UPDATE events.delivery SET state = 'done', finished_at = now() - '8 days'::interval"
        )

        assert await node.deliveries.purge(timedelta(days=7)) == 5
        assert await node.db.fetchval("SELECT count(*) FROM events.event") == 0


class TestIdle:
    async def test_costs_one_statement_per_poll(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._REPORT_INTERVAL", 0.2)
        node = await start(poll=0.02)
        node.bus.subscribe(Counted, node.count)
        polls: list[int] = []
        wait = node.relay._wait

        async def counting_wait() -> bool:
            polls.append(len(node.db.statements))
            return bool(await wait())

        monkeypatch.setattr(node.relay, "_wait", counting_wait)
        node.db.statements.clear()
        async with node.relaying():
            await eventually(lambda: _is(len(polls) > 30))

        assert polls == list(range(1, len(polls) + 1))

    @pytest.mark.parametrize("pending", [0, 2000])
    async def test_reads_nothing_but_what_is_due(self, node: Node, pending: int) -> None:
        """Whatever the planner knows of the events: only the deliveries have statistics."""
        node.bus.subscribe(Counted, node.count)
        for count, state in ((10000, "done"), (pending, "pending")):
            await node.db.execute(
                """
                WITH event AS (
                    INSERT INTO events.event (id, name, version, payload, occurred_at)
                    SELECT gen_random_uuid(), 'test.counted', 1, '{}', now()
                    FROM generate_series(1, $2)
                    RETURNING id
                )
                INSERT INTO events.delivery (event_id, handler, key, state, finished_at)
                SELECT id, $1, row_number() OVER (), $3, CASE WHEN $3 = 'done' THEN now() END
                FROM event
                """,
                node.bus.durable[0].name,
                count,
                state,
            )
        await execute(node.db._connector._dsn, "ANALYZE events.delivery")
        node.db.statements.clear()
        await claim(node, suspects=1)
        ((query, arguments),) = node.db.statements

        plan = await node.db.fetch(f"EXPLAIN {query}", *arguments)

        text = "\n".join(row[0] for row in plan)
        assert "Seq Scan" not in text
        assert "delivery_due" in text
        assert "delivery_claimed" in text


class TestStop:
    async def test_waits_for_what_runs(self, start: Start) -> None:
        node = await start(stop_timeout=30)
        began, release = asyncio.Event(), asyncio.Event()

        async def work(event: Counted) -> None:
            began.set()
            await release.wait()
            await node.count(event)

        node.bus.subscribe(Counted, work)
        await node.publish(*(Counted(subject="a", number=each) for each in range(3)))
        async with node.relaying():
            await began.wait()
            asyncio.get_running_loop().call_later(0.05, release.set)

        assert await node.effects() == [("a", 0)]
        assert await node.states() == [("done", 1), ("pending", 0), ("pending", 0)]
        assert len(await claim(node)) == 1

    @pytest.mark.parametrize(
        "delivery",
        [Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES, Delivery.DURABLE_OUTSIDE],
    )
    async def test_gives_back_what_does_not_end(
        self, start: Start, monkeypatch: pytest.MonkeyPatch, delivery: Any
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._GIVE_UP_TIMEOUT", 60)
        node = await start(stop_timeout=0.05)
        began = asyncio.Event()

        async def hang(_: object) -> None:
            began.set()
            await asyncio.Event().wait()

        node.bus.subscribe(Counted, hang, delivery)
        await node.publish(Counted(subject="a", number=1))
        async with node.relaying():
            await began.wait()

        (again,) = await claim(node)
        assert again.attempts == 1
        assert not again.is_suspect

    async def test_needs_no_start(self, node: Node) -> None:
        async with node.relay.running(asyncio.Event()):
            pass


class TestRetry:
    async def test_gives_a_dead_one_all_its_attempts_again(self, node: Node) -> None:
        broken = True

        async def work(event: Counted) -> None:
            if broken:
                raise ValueError("boom")
            await node.count(event)

        node.bus.subscribe(Counted, work, name="work")
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1), Counted(subject="b", number=2))
            await node.settled()
            dead = await node.deliveries.newest("dead", limit=10)
            broken = False

            await node.deliveries.retry(dead[0].id)
            others = await node.deliveries.retry_all("other")
            rest = await node.deliveries.retry_all("work")
            await node.settled()

        assert (others, rest) == (0, 1)
        assert sorted(await node.effects()) == [("a", 1), ("b", 2)]


async def hour(node: Node) -> datetime:
    """When this one began."""
    began: datetime = await node.db.fetchval("SELECT date_trunc('hour', now(), 'UTC')")
    return began


def _failing_once(call: Callable[..., Any]) -> Callable[..., Any]:
    failures = iter([RuntimeError("boom")])

    async def fail_once(*arguments: Any, **options: Any) -> Any:
        for failure in failures:
            raise failure
        return await call(*arguments, **options)

    return fail_once


async def _ignore(_: object) -> None:
    """A handler that does nothing."""


async def _is(condition: bool) -> bool:  # noqa: FBT001
    return condition


async def _claimed_once(node: Node) -> bool:
    return any("SKIP LOCKED" in query for query, _ in node.db.statements)


async def _attempts_told(node: Node) -> bool:
    found: bool = await node.db.fetchval(
        "SELECT EXISTS (SELECT FROM events.delivery WHERE last_error IS NOT NULL)"
    )
    return found


async def _somebody_waits(node: Node) -> bool:
    found: bool = await node.db.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    return found
