"""The ticks of the schedule."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime

from BE.core.events import (
    HourPassed,
)
from tests.support.events import (
    Node,
    Start,
    current_hour,
    eventually,
    holds,
    ignore,
)


class TestSchedule:
    async def test_ticks_once_for_all_processes(self, start: Start) -> None:
        nodes = [await start() for _ in range(3)]
        received: list[datetime] = []

        async def on_hour(event: HourPassed) -> None:
            received.append(event.began_at)

        ready = asyncio.Event()
        ready.set()
        before = await current_hour(nodes[0])
        async with AsyncExitStack() as running:
            for node in nodes:
                node.bus.subscribe(HourPassed, on_hour)
                await running.enter_async_context(node.schedule.running(ready))
                await running.enter_async_context(node.relaying())
            await asyncio.gather(*(node.schedule.tick() for node in nodes))
            await eventually(lambda: holds(bool(received)))
            await nodes[0].settled()

        assert len(received) == len(set(received))
        assert set(received) <= {
            before,
            await current_hour(nodes[0]),
        }  # it may have passed in between

    async def test_returns_the_seconds_until_the_next_tick(self, node: Node) -> None:
        node.bus.subscribe(HourPassed, ignore)
        left = await node.db.fetchval(
            "SELECT extract(epoch FROM date_trunc('hour', now(), 'UTC') + '1 hour' - now())::float"
        )

        seconds = await node.schedule.tick()

        assert seconds is not None
        assert (left - seconds) % 3600 <= 600  # the hour may have passed in between

    async def test_writes_nothing_without_a_subscriber(self, node: Node) -> None:
        assert await node.schedule.tick() is None
        assert await node.db.fetchval("SELECT count(*) FROM events.event") == 0

    async def test_missed_ticks_are_made_up_for_once(self, node: Node) -> None:
        node.bus.subscribe(HourPassed, ignore)
        await node.db.execute(  # as if the last tick had been a day ago
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
