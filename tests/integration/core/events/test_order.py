"""The order of events with one key."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from BE.core.events.claims import Lane
from tests.support.events import (
    AT_ONCE,
    Counted,
    Node,
    Start,
    eventually,
    failure_recorded,
    is_lock_awaited,
)


class TestOrder:
    async def test_events_of_a_key_stay_in_order_across_processes_failures_and_batches(
        self, start: Start
    ) -> None:
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

    async def test_a_failing_delivery_blocks_only_its_key(self, start: Start) -> None:
        slow_retries = type(AT_ONCE)(
            attempts=3, first=timedelta(hours=1), longest=timedelta(hours=1)
        )
        node = await start(retries=slow_retries)

        async def fail_first(event: Counted) -> None:
            if (event.subject, event.number) == ("a", 0):
                raise ValueError("boom")
            await node.count(event)

        node.bus.subscribe(Counted, fail_first)
        await node.publish(
            *(Counted(subject=subject, number=number) for number in range(3) for subject in "ab")
        )
        async with node.relaying():
            await node.settled(but=3)
            await eventually(lambda: failure_recorded(node))

        assert await node.effects() == [("b", 0), ("b", 1), ("b", 2)]
        assert sorted(await node.states()) == [("done", 1)] * 3 + [("pending", 0)] * 2 + [
            ("pending", 1)
        ]

    async def test_a_dead_delivery_unblocks_its_key(self, node: Node) -> None:
        async def fail_first(event: Counted) -> None:
            if event.number == 0:
                raise ValueError("boom")
            await node.count(event)

        node.bus.subscribe(Counted, fail_first)
        await node.publish(*(Counted(subject="a", number=number) for number in range(3)))
        async with node.relaying():
            await node.settled()

        assert await node.effects() == [("a", 1), ("a", 2)]
        assert await node.states() == [("dead", 3), ("done", 1), ("done", 1)]

    async def test_a_chain_stops_at_a_delivery_that_is_not_due(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject="a", number=number) for number in range(4)))
        await node.db.execute(
            "UPDATE events.delivery SET due_at = now() + '1 hour' WHERE id ="
            " (SELECT id FROM events.delivery ORDER BY id OFFSET 2 LIMIT 1)"
        )

        claimed = await node.claims.take(
            [Lane(*subscription.lane, 10, followers=10) for subscription in node.bus.durable],
            suspects=1,
            lease=timedelta(seconds=60),
            retries=AT_ONCE,
        )

        assert len(claimed) == 2

    async def test_follows_the_order_in_which_publishers_lock_the_row(self, start: Start) -> None:
        """Of two concurrent publishers, the one that waited for the lock comes second."""
        here, there = await start(), await start()
        here.bus.subscribe(Counted, here.count)
        there.bus.subscribe(Counted, there.count)
        await here.db.execute("INSERT INTO effect (id, subject) VALUES (-1, 'the row')")
        lock = "SELECT id FROM effect WHERE id = -1 FOR UPDATE"
        locked = asyncio.Event()

        async def publish_second() -> None:
            await locked.wait()
            async with there.db.transaction():
                await there.db.execute("SET LOCAL lock_timeout = 0")
                await there.db.execute("SET LOCAL statement_timeout = '1 min'")
                await there.db.execute(lock)
                await there.bus.publish(Counted(subject="a", number=2))

        waiting = asyncio.create_task(publish_second())
        async with here.db.transaction():
            await here.db.execute(lock)
            locked.set()
            await eventually(lambda: is_lock_awaited(here))
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

        class JumpingClock:
            @staticmethod
            def now(_: object) -> datetime:
                return datetime(next(years), 1, 1, tzinfo=UTC)

        monkeypatch.setattr("BE.core.events.event.datetime", JumpingClock)
        for number in range(4):
            await node.publish(Counted(subject="a", number=number))
        async with node.relaying():
            await node.settled()

        assert await node.effects() == [("a", number) for number in range(4)]
