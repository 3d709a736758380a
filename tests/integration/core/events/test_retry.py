"""The retry of dead deliveries."""

from tests.support.events import (
    Counted,
    Node,
)


class TestRetry:
    async def test_resets_the_attempts_of_a_dead_delivery(self, node: Node) -> None:
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
