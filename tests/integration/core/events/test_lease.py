"""The lease of a claim, and claims of processes that ended."""

import pytest

from tests.support.events import (
    AT_ONCE,
    EXPIRED,
    Counted,
    Node,
    Start,
    claim,
)


class TestLease:
    async def test_an_expired_lease_cannot_acknowledge(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, EXPIRED)
        (taken,) = await claim(node, suspects=1)

        assert not await node.claims.acknowledge([frozen])
        assert await node.claims.fail(frozen, "late", AT_ONCE) is None
        await node.claims.give_back([frozen])
        assert await node.claims.acknowledge([taken])
        assert await node.states() == [("done", 2)]

    async def test_a_handler_that_outlived_its_lease_has_no_effect(self, start: Start) -> None:
        """Its process froze between claim and start: acknowledging comes first and fails."""
        node = await start()
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, EXPIRED)
        async with node.relaying():
            await node.settled()

            done = await node.relay._runner.run(frozen, node.bus.durable[0])

        assert not done
        assert await node.effects() == [("a", 1)]

    async def test_only_one_of_two_concurrent_claims_gets_the_delivery(self, start: Start) -> None:
        here, there = await start(), await start()
        for node in (here, there):
            node.bus.subscribe(Counted, node.count)
        await here.publish(Counted(subject="a", number=1))
        async with here.db.transaction():
            first = await claim(here)
            second = await claim(there)

        assert len(first) == 1
        assert second == []

    async def test_only_one_suspect_is_claimed_at_a_time(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(number), number=number) for number in range(5)))
        killed = [await claim(node, EXPIRED) for _ in range(2)]
        await node.publish(Counted(subject="new", number=5))

        claims = [await claim(node, suspects=1), await claim(node, suspects=0)]

        assert [len(claimed) for claimed in killed] == [5, 5]
        assert [[delivery.event.payload for delivery in claimed] for claimed in claims] == [
            ['{"number": 0, "subject": "0"}', '{"number": 5, "subject": "new"}'],
            [],
        ]
        assert [claim.is_suspect for claim in claims[0]] == [True, False]

    async def test_a_delivery_that_kills_its_process_each_time_is_dead(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1), Counted(subject="a", number=2))
        for _ in range(AT_ONCE.attempts):
            assert len(await claim(node, EXPIRED, suspects=1)) == 1

        assert await claim(node, suspects=1) == []
        (second,) = await claim(node)

        assert second.event.payload == '{"number": 2, "subject": "a"}'
        assert (await node.states())[0] == ("dead", AT_ONCE.attempts)

    async def test_a_reported_failure_makes_no_suspect(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(number), number=number) for number in range(5)))
        for delivery in await claim(node):
            await node.claims.fail(delivery, "no route", AT_ONCE)

        assert len(await claim(node)) == 5

    async def test_must_be_longer_than_the_handler_timeout(self, start: Start) -> None:
        with pytest.raises(ValueError, match="before its lease"):
            await start(handler_timeout=60, lease=60)
