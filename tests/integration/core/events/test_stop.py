"""Stopping a relay."""

import asyncio
from typing import Any

import pytest

from BE.core.events import (
    Delivery,
)
from tests.support.events import (
    Counted,
    Node,
    Start,
    claim,
)


class TestStop:
    async def test_waits_for_a_running_handler(self, start: Start) -> None:
        node = await start(stop_timeout=30)
        started, release = asyncio.Event(), asyncio.Event()

        async def work(event: Counted) -> None:
            started.set()
            await release.wait()
            await node.count(event)

        node.bus.subscribe(Counted, work)
        await node.publish(*(Counted(subject="a", number=number) for number in range(3)))
        async with node.relaying():
            await started.wait()
            asyncio.get_running_loop().call_later(0.05, release.set)

        assert await node.effects() == [("a", 0)]
        assert await node.states() == [("done", 1), ("pending", 0), ("pending", 0)]
        assert len(await claim(node)) == 1

    @pytest.mark.parametrize(
        "delivery",
        [Delivery.DURABLE, Delivery.DURABLE_IN_BATCHES, Delivery.DURABLE_OUTSIDE],
    )
    async def test_releases_a_delivery_whose_handler_does_not_end(
        self, start: Start, monkeypatch: pytest.MonkeyPatch, delivery: Any
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._GIVE_UP_TIMEOUT", 60)
        node = await start(stop_timeout=0.05)
        started = asyncio.Event()

        async def hang(_: object) -> None:
            started.set()
            await asyncio.Event().wait()

        node.bus.subscribe(Counted, hang, delivery)
        await node.publish(Counted(subject="a", number=1))
        async with node.relaying():
            await started.wait()

        (again,) = await claim(node)
        assert again.attempts == 1
        assert not again.is_suspect

    async def test_works_before_the_relay_is_ready(self, node: Node) -> None:
        async with node.relay.running(asyncio.Event()):
            pass
