"""Delivery is at least once, and takes effect once."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from BE.core.context import RequestContext, current_request, enter_request
from BE.core.events import (
    Delivery,
    Envelope,
    HourPassed,
    StoredEvent,
)
from BE.core.types import new_id
from tests.support.events import (
    AT_ONCE,
    Counted,
    Node,
    Noticed,
    Start,
    claim,
    claimed_once,
    eventually,
    failing_once,
    holds,
    publish_as,
)


class TestDelivery:
    async def test_is_immediate_in_the_publishing_process(self, start: Start) -> None:
        node = await start(poll=3600)
        node.bus.subscribe(Counted, node.count)
        async with node.relaying():
            await eventually(lambda: claimed_once(node))

            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert await node.effects() == [("a", 1)]
        assert await node.states() == [("done", 1)]

    async def test_is_found_by_the_poll_of_another_process(self, start: Start) -> None:
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        async with there.relaying():
            await here.publish(Counted(subject="a", number=1))
            await here.settled()

        assert await here.effects() == [("a", 1)]

    async def test_outlives_the_publishing_process(self, start: Start) -> None:
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        await here.publish(*(Counted(subject="a", number=number) for number in range(200)))

        async with there.relaying():
            await there.settled()

        assert await there.effects() == [("a", number) for number in range(200)]

    async def test_a_failure_is_rolled_back_and_retried(self, node: Node) -> None:
        attempts_seen: list[int] = []

        async def fail_once(event: Counted) -> None:
            await node.count(event)
            attempts_seen.append(event.number)
            if len(attempts_seen) == 1:
                raise ValueError("boom")

        node.bus.subscribe(Counted, fail_once)
        async with node.relaying():
            await node.publish(Counted(subject="a", number=1))
            await node.settled()

        assert attempts_seen == [1, 1]
        assert await node.effects() == [("a", 1)]
        assert await node.states() == [("done", 2)]

    async def test_is_dead_after_its_attempts_with_a_reason(self, node: Node) -> None:
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

    async def test_the_retry_delay_grows_fourfold_up_to_a_limit(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(number), number=number) for number in range(50)))
        retries = type(AT_ONCE)(attempts=9, first=timedelta(seconds=10), longest=timedelta(hours=1))
        delays = []
        async with node.db.transaction():  # in which no time passes
            for attempts in (1, 2, 3, 8):
                await node.db.execute(
                    "UPDATE events.delivery SET attempts = $1, due_at = now()", attempts - 1
                )
                for delivery in await claim(node):
                    await node.claims.fail(delivery, "", retries)
                waits = await node.db.fetch(
                    "SELECT extract(epoch FROM due_at - now())::float AS s FROM events.delivery"
                )
                delays.append(max(row["s"] for row in waits))

        for delay, bound in zip(delays, (10, 40, 160, 3600), strict=True):
            assert bound / 2 < delay <= bound

    async def test_an_outside_handler_runs_without_a_transaction_and_with_the_same_id(
        self, node: Node
    ) -> None:
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

    async def test_a_handler_in_batches_keeps_its_commits_when_it_fails(self, node: Node) -> None:
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

    async def test_a_handler_that_times_out_fails(self, start: Start) -> None:
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

    async def test_a_slow_handler_does_not_delay_others(self, node: Node) -> None:
        release = asyncio.Event()

        async def block(_: Envelope[Counted]) -> None:
            await release.wait()

        node.bus.subscribe(Counted, block, Delivery.DURABLE_OUTSIDE)
        node.bus.subscribe(Counted, node.count)
        async with node.relaying():
            await node.publish(
                *(Counted(subject=str(number), number=number) for number in range(60))
            )
            await node.settled(but=60)
            release.set()
            await node.settled()

        assert len(await node.effects()) == 60

    async def test_the_relay_continues_after_an_unexpected_error(
        self, node: Node, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
    ) -> None:
        monkeypatch.setattr("BE.core.durable.ticking._RETRY_DELAY", 0.01)
        monkeypatch.setattr("BE.core.events.schedule._SPREAD", 0.01)
        claims, outbox = node.relay._claims, node.outbox
        monkeypatch.setattr(claims, "take", failing_once(claims.take))
        monkeypatch.setattr(outbox, "tick_hour", failing_once(outbox.tick_hour))
        received: list[HourPassed] = []

        async def on_hour(event: HourPassed) -> None:
            received.append(event)

        node.bus.subscribe(HourPassed, on_hour)
        ready = asyncio.Event()
        ready.set()
        async with node.schedule.running(ready), node.relaying():
            await eventually(lambda: holds(bool(received)))
            await node.settled()

        assert {line["event"] for line in logs} == {"relay_failed", "schedule_failed"}

    async def test_an_event_published_by_a_handler_has_the_same_request(self, node: Node) -> None:
        actor = new_id()
        received: list[StoredEvent] = []

        async def publish_another(event: Noticed) -> None:
            await node.bus.publish(Counted(subject="a", number=event.number))

        async def receive(events: Sequence[StoredEvent]) -> None:
            received.extend(events)

        async def serve() -> None:
            enter_request(RequestContext("req-1", client_ip="192.0.2.1", actor_id=actor))
            await node.publish(Noticed(number=7))

        node.bus.subscribe(Noticed, publish_another)
        node.bus.subscribe_all(receive)
        async with node.relaying():
            await asyncio.create_task(serve())
            await eventually(lambda: holds(len(received) == 2))
            await node.settled()

        assert {event.name for event in received} == {"test.noticed", "test.counted"}
        assert {(event.request_id, event.client_ip, event.actor_id) for event in received} == {
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

        failed = [line for line in logs if line["event"] == "delivery_failed"]
        assert [line["state"] for line in failed] == ["pending", "pending", "dead"]
        assert {line["request_id"] for line in failed} == {"req-1"}
        assert {line["handler"] for line in failed} == {"test.fail"}
        assert all(line["event_id"] for line in failed)

    @pytest.mark.parametrize(
        "delivery",
        [Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES, Delivery.DURABLE_OUTSIDE],
    )
    async def test_log_lines_of_a_handler_name_event_and_request(
        self, node: Node, lines: list[dict[str, Any]], delivery: Any
    ) -> None:
        async def work(_: object) -> None:
            structlog.get_logger("ours").warning("logged")
            await asyncio.create_task(log_from_library())

        async def log_from_library() -> None:
            logging.getLogger("a.library").warning("logged")

        node.bus.subscribe(Noticed, work, delivery, name="work")
        async with node.relaying():
            await publish_as("req-1", node, Noticed(number=1))
            await publish_as("req-2", node, Noticed(number=2))
            await node.settled()

        rows = await node.db.fetch("SELECT id::text, request_id FROM events.event")
        logged = [line for line in lines if line["event"] == "logged"]
        assert len(logged) == 4
        assert {(line["event_id"], line["request_id"]) for line in logged} == {
            tuple(row) for row in rows
        }
        assert {line["handler"] for line in logged} == {"work"}

    async def test_log_lines_of_a_batch_name_each_event_and_request(
        self, node: Node, lines: list[dict[str, Any]]
    ) -> None:
        async def work(_: Sequence[StoredEvent]) -> None:
            structlog.get_logger("ours").warning("logged")

        node.bus.subscribe_all(work, name="work")
        await publish_as("req-1", node, Noticed(number=1))
        await publish_as("req-2", node, Noticed(number=2))
        async with node.relaying():
            await node.settled()

        rows = await node.db.fetch("SELECT id::text FROM events.event")
        (logged,) = (line for line in lines if line["event"] == "logged")
        assert set(logged["event_ids"]) == {row["id"] for row in rows}
        assert set(logged["request_ids"]) == {"req-1", "req-2"}
