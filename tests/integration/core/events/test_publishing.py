"""Publishing writes deliveries in the transaction of the publisher."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from BE.core.events import (
    Delivery,
    StoredEvent,
)
from tests.support.events import (
    Counted,
    Node,
    Noticed,
    claim,
)


class TestPublishing:
    async def test_runs_no_statement_without_a_durable_subscriber(self, node: Node) -> None:
        async def receive(_: Noticed) -> None: ...

        node.bus.subscribe(Noticed, receive, Delivery.IN_TRANSACTION)
        node.db.statements.clear()

        await node.publish(Noticed(number=1))

        assert node.db.statements == []

    async def test_runs_one_statement_for_all_durable_subscribers(self, node: Node) -> None:
        async def receive(_: Noticed) -> None: ...

        for name in ("a", "b", "c"):
            node.bus.subscribe(Noticed, receive, name=name)
        node.bus.subscribe(Counted, node.count)
        node.db.statements.clear()

        async with node.db.transaction():
            await node.bus.publish(Noticed(number=1), Counted(subject="a", number=1))

        assert len(node.db.statements) == 1
        assert await node.states() == [("pending", 0)] * 4

    async def test_is_rolled_back_with_the_transaction(self, node: Node) -> None:
        node.bus.subscribe(Counted, node.count)

        with pytest.raises(ValueError, match="boom"):
            async with node.db.transaction():
                await node.bus.publish(Counted(subject="a", number=1))
                raise ValueError("boom")

        assert await node.states() == []
        assert not node.outbox.filled.is_set()

    async def test_comes_before_events_that_a_subscriber_publishes(self, node: Node) -> None:
        async def publish_another(event: Noticed) -> None:
            await node.bus.publish(Counted(subject="a", number=event.number))

        received: list[str] = []

        async def receive(events: Sequence[StoredEvent]) -> None:
            received.extend(event.name for event in events)

        node.bus.subscribe(Noticed, publish_another, Delivery.IN_TRANSACTION)
        node.bus.subscribe_all(receive)

        await node.publish(Noticed(number=1), Noticed(number=2))
        rows = await node.db.fetch(
            "SELECT e.name, (payload->>'number')::integer AS number"
            " FROM events.delivery d JOIN events.event e ON e.id = event_id ORDER BY d.id"
        )

        assert [(row["name"], row["number"]) for row in rows] == [
            ("test.noticed", 1),
            ("test.noticed", 2),
            ("test.counted", 1),
            ("test.counted", 2),
        ]

    @pytest.mark.parametrize(
        "when",
        [lambda: timedelta(hours=1), lambda: datetime.now(UTC) + timedelta(hours=1)],
        ids=["after a time", "at a time"],
    )
    async def test_can_be_delayed(
        self, node: Node, when: Callable[[], datetime | timedelta]
    ) -> None:
        node.bus.subscribe(Counted, node.count)
        async with node.db.transaction():
            await node.bus.publish_later(Counted(subject="a", number=1), when())
        before_due = await claim(node)

        await node.db.execute("UPDATE events.delivery SET due_at = due_at - '1 hour'::interval")
        once_due = await claim(node)

        assert before_due == []
        assert len(once_due) == 1

    async def test_delayed_publishing_needs_a_transaction(self, node: Node) -> None:
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await node.bus.publish_later(Noticed(number=1), timedelta(0))
