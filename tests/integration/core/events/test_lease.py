"""The lease of a claim, and what becomes of a claim whose process ended."""

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
    async def test_one_that_has_ended_cannot_acknowledge(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, EXPIRED)
        (taken,) = await claim(node, suspects=1)

        assert not await node.claims.acknowledge([frozen])
        assert await node.claims.fail(frozen, "late", AT_ONCE) is None
        await node.claims.give_back([frozen])
        assert await node.claims.acknowledge([taken])
        assert await node.states() == [("done", 2)]

    async def test_a_handler_that_outlived_it_leaves_no_effect(self, start: Start) -> None:
        """Frozen after it was claimed, before it began: the acknowledgement comes first."""
        node = await start()
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1))
        (frozen,) = await claim(node, EXPIRED)
        async with node.relaying():
            await node.settled()

            done = await node.relay._runner.run(frozen, node.bus.durable[0])

        assert not done
        assert await node.effects() == [("a", 1)]

    async def test_is_given_to_one_of_two_who_ask_at_once(self, start: Start) -> None:
        here, there = await start(), await start()
        for node in (here, there):
            node.bus.subscribe(Counted, node.count)
        await here.publish(Counted(subject="a", number=1))
        async with here.db.transaction():
            first = await claim(here)
            second = await claim(there)

        assert len(first) == 1
        assert second == []

    async def test_what_may_have_killed_two_processes_runs_alone(self, node: Node) -> None:
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

    async def test_what_kills_its_process_each_time_dies_itself(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(Counted(subject="a", number=1), Counted(subject="a", number=2))
        for _ in range(AT_ONCE.attempts):
            assert len(await claim(node, EXPIRED, suspects=1)) == 1

        assert await claim(node, suspects=1) == []
        (second,) = await claim(node)

        assert second.event.payload == '{"number": 2, "subject": "a"}'
        assert (await node.states())[0] == ("dead", AT_ONCE.attempts)

    async def test_a_failure_that_was_reported_is_no_reason_for_suspicion(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)
        await node.publish(*(Counted(subject=str(number), number=number) for number in range(5)))
        for delivery in await claim(node):
            await node.claims.fail(delivery, "no route", AT_ONCE)

        assert len(await claim(node)) == 5

    async def test_must_be_longer_than_a_handler_may_take(self, start: Start) -> None:
        with pytest.raises(ValueError, match="before its lease"):
            await start(handler_timeout=60, lease=60)
