"""The purge of events that were delivered long ago."""

from datetime import UTC, datetime, timedelta

import pytest

from BE.core.events import (
    HourPassed,
)
from tests.support.events import (
    Node,
    Noticed,
    ignore,
)


class TestPurge:
    async def test_deletes_only_deliveries_done_long_ago(self, node: Node) -> None:
        node.bus.subscribe(Noticed, ignore, name="a")
        node.bus.subscribe(Noticed, ignore, name="b")
        await node.publish(*(Noticed(number=number) for number in range(3)))
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

    async def test_continues_until_nothing_is_left(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.events.deliveries._PURGED_AT_ONCE", 2)
        node.bus.subscribe(Noticed, ignore)
        await node.publish(*(Noticed(number=number) for number in range(5)))
        await node.db.execute(
            "UPDATE events.delivery SET state = 'done', finished_at = now() - '8 days'::interval"
        )

        assert await node.deliveries.purge(timedelta(days=7)) == 5
        assert await node.db.fetchval("SELECT count(*) FROM events.event") == 0
