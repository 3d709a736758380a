"""A subscriber that receives events in batches."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from BE.core.events import (
    StoredEvent,
)
from tests.support.events import (
    Counted,
    Node,
    Noticed,
    Start,
    claim,
)


class TestBatches:
    async def test_are_acknowledged_and_handled_in_one_transaction(self, node: Node) -> None:
        received: list[list[int]] = []

        async def receive(events: Sequence[StoredEvent]) -> None:
            received.append([json.loads(event.payload)["number"] for event in events])

        node.bus.subscribe_all(receive, name="receive")
        await node.publish(
            *(Counted(subject=str(number % 3), number=number) for number in range(20)),
            *(Noticed(number=number) for number in range(20, 40)),
        )
        async with node.relaying():
            await node.settled()

        assert received == [list(range(40))]

    async def test_a_failing_event_does_not_fail_the_others(self, node: Node) -> None:
        received: list[int] = []

        async def receive(events: Sequence[StoredEvent]) -> None:
            numbers = [json.loads(event.payload)["number"] for event in events]
            for number in numbers:
                await node.count(Counted(subject="a", number=number))
                if number == 2:
                    raise ValueError("boom")
            received.extend(numbers)

        node.bus.subscribe_all(receive, name="receive")
        await node.publish(*(Noticed(number=number) for number in range(5)))
        async with node.relaying():
            await node.settled()

        assert sorted(received) == [0, 1, 3, 4]
        assert sorted(await node.effects()) == [("a", number) for number in (0, 1, 3, 4)]
        assert sorted(await node.states()) == [("dead", 3)] + [("done", 1)] * 4

    async def test_keep_the_order_of_each_key(self, start: Start) -> None:
        nodes = [await start() for _ in range(3)]

        def receiving(node: Node) -> Callable[[Sequence[StoredEvent]], Any]:
            async def receive(events: Sequence[StoredEvent]) -> None:
                for event in events:
                    await node.count(Counted(**json.loads(event.payload)))

            return receive

        for node in nodes:
            node.bus.subscribe_all(receiving(node), name="receive")
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

    async def test_a_batch_with_an_expired_lease_has_no_effect(self, node: Node) -> None:
        async def receive(events: Sequence[StoredEvent]) -> None:
            await node.count(Counted(subject="late", number=len(events)))

        node.bus.subscribe_all(receive, name="receive")
        await node.publish(Noticed(number=1), Noticed(number=2))
        claimed = await claim(node)
        await node.claims.give_back(claimed[:1])

        done = await node.relay._runner.run_together(claimed, node.bus.durable[0])

        assert not done
        assert await node.effects() == []
        assert set(await node.states()) == {("pending", 0), ("pending", 1)}
