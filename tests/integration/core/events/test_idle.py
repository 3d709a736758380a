"""The cost of an idle relay."""

import asyncio

import pytest

from tests.support.events import (
    Counted,
    Node,
    Start,
    claim,
    eventually,
    failing_once,
    holds,
)
from tests.support.postgres import execute


class TestIdle:
    async def test_runs_one_statement_per_poll(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._REPORT_INTERVAL", 0.2)
        node = await start(poll=0.02)
        node.bus.subscribe(Counted, node.count)
        polls: list[int] = []
        wait = node.relay._turns.wait

        async def counting_wait() -> bool:
            polls.append(len(node.db.statements))
            return bool(await wait())

        monkeypatch.setattr(node.relay._turns, "wait", counting_wait)
        node.db.statements.clear()
        async with node.relaying():
            await eventually(lambda: holds(len(polls) > 30))

        assert polls == list(range(1, len(polls) + 1))

    @pytest.mark.parametrize(
        ("pending", "indexes"),
        [(0, []), (2000, ["delivery_due", "delivery_claimed"])],
        ids=["none", "2000"],  # without pending deliveries any of the empty indexes may be read
    )
    async def test_reads_only_due_deliveries(
        self, node: Node, pending: int, indexes: list[str]
    ) -> None:
        """Also when only the deliveries, not the events, have statistics."""
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
        assert [index for index in indexes if index not in text] == []


class TestLongIdle:
    """With ``idle_poll``, a database that scales to zero is not woken."""

    async def test_sends_no_more_queries(self, start: Start) -> None:
        node = await start(poll=0.02, idle_poll=1000)
        node.bus.subscribe(Counted, node.count)
        async with node.relaying():
            await eventually(lambda: holds(node.relay._turns.pause > 100))
            node.db.statements.clear()
            await asyncio.sleep(0.2)  # ten polls

        assert node.db.statements == []

    async def test_delivers_its_own_commit_immediately_and_retries_it_when_due(
        self, start: Start
    ) -> None:
        node = await start(poll=0.02, idle_poll=1000)
        node.bus.subscribe(Counted, failing_once(node.count))
        async with node.relaying():
            await eventually(lambda: holds(node.relay._turns.pause > 100))
            await node.publish(Counted(subject="a", number=1))
            await node.settled()
            await eventually(lambda: holds(node.relay._turns.pause > 100))

        assert await node.effects() == [("a", 1)]
