"""A replay delivers earlier events to a handler that subscribed late."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from BE.core.events import Backfill, Delivery, HourPassed
from BE.core.events.replay import BEGINNING, NotReplayable, Replay, Replayed, UnknownHandler
from tests.support.events import Counted, Node, Noticed, ignore


@pytest.fixture
def replay(node: Node) -> Replay:
    return Replay(node.db, node.outbox, node.bus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled(Counted):
    name = "test.backfilled"

    test_id: str


def backfill_of(*subjects: str) -> Backfill[Any]:
    """Make a backfill such as a context makes from its tables."""

    async def read(since: datetime) -> AsyncIterator[list[tuple[datetime, Counted]]]:
        moments = (since + timedelta(days=number) for number in range(len(subjects)))
        for number, (subject, moment) in enumerate(zip(subjects, moments, strict=True)):
            yield [(moment, Backfilled(subject=subject, number=number, test_id=subject))]

    return Backfill(Backfilled, read)


class TestReplay:
    async def test_delivers_stored_events_in_order_to_that_handler_only(
        self, node: Node, replay: Replay
    ) -> None:
        node.bus.subscribe(Counted, ignore, name="early")
        await node.publish(*(Counted(subject="a", number=number) for number in range(3)))
        await node.publish(Counted(subject="b", number=3))
        node.bus.subscribe(Counted, node.count, name="late")

        replayed = await replay.replay("late")
        async with node.relaying():
            await node.settled()

        assert replayed == [Replayed("test.counted@1", "kept events", 4, 0)]
        effects = await node.effects()
        assert [effect for effect in effects if effect[0] == "a"] == [("a", 0), ("a", 1), ("a", 2)]
        assert sorted(effects)[3:] == [("b", 3)]
        assert len(await node.states()) == 4 + 4

    async def test_does_not_deliver_twice(self, node: Node, replay: Replay) -> None:
        node.bus.subscribe(Counted, node.count, name="work")
        await node.publish(Counted(subject="a", number=1))
        async with node.relaying():
            await node.settled()

            again = await replay.replay("work")
            await node.settled()

        assert again == [Replayed("test.counted@1", "kept events", 1, 1)]
        assert await node.effects() == [("a", 1)]

    async def test_changes_nothing_in_a_dry_run(self, node: Node, replay: Replay) -> None:
        node.bus.subscribe(Counted, ignore, name="early")
        await node.publish(Counted(subject="a", number=1))
        node.bus.subscribe(Counted, ignore, name="late")
        node.bus.subscribe(Backfilled, ignore, name="late")
        node.bus.add_backfill(backfill_of("a"))

        replayed = await replay.replay("late", dry_run=True)

        assert [found.added for found in replayed] == [1, 1]
        assert len(await node.states()) == 1

    async def test_leaves_out_earlier_events_and_ticks(self, node: Node, replay: Replay) -> None:
        node.bus.subscribe(Noticed, ignore, name="early")
        node.bus.subscribe(HourPassed, ignore, name="early")
        await node.publish(Noticed(number=1), HourPassed(began_at=datetime.now(UTC)))
        await node.db.execute("UPDATE events.event SET occurred_at = now() - '1 day'::interval")
        await node.publish(Noticed(number=2))
        node.bus.subscribe_all(ignore, name="late")

        since = datetime.now(UTC) - timedelta(hours=1)
        newer = await replay.replay("late", since=since, dry_run=True)
        all_kept = await replay.replay("late", dry_run=True)

        assert newer == [Replayed("test.noticed@1", "kept events", 1, 0)]
        assert all_kept == [Replayed("test.noticed@1", "kept events", 2, 0)]

    async def test_delivers_backfilled_events_of_any_age(self, node: Node, replay: Replay) -> None:
        node.bus.subscribe(Backfilled, node.count, name="late")
        node.bus.subscribe(Backfilled, ignore, name="other")
        node.bus.add_backfill(backfill_of("a", "b"))
        await node.publish(Backfilled(subject="a", number=7, test_id="a"))

        replayed = await replay.replay("late", since=BEGINNING)
        again = await replay.replay("late")
        async with node.relaying():
            await node.settled()

        assert replayed == [Replayed("test.backfilled@1", "tables", 2, 1)]
        assert again == [Replayed("test.backfilled@1", "tables", 2, 2)]
        assert await node.effects() == [("a", 7), ("b", 1)]
        old = await node.db.fetchval("SELECT min(occurred_at) FROM events.event")
        assert old == BEGINNING + timedelta(days=1)

    async def test_an_unknown_handler_is_refused_with_the_known_ones(
        self, node: Node, replay: Replay
    ) -> None:
        node.bus.subscribe(Counted, ignore, name="work")

        with pytest.raises(UnknownHandler, match="No handler is called wrok: there are work"):
            await replay.replay("wrok")

    async def test_a_handler_that_is_not_durable_is_refused(
        self, node: Node, replay: Replay
    ) -> None:
        node.bus.subscribe(Counted, ignore, Delivery.IN_TRANSACTION, name="work")

        with pytest.raises(NotReplayable, match="subscribe it durably too"):
            await replay.replay("work")

    async def test_reports_which_handlers_reach_outside(self, node: Node, replay: Replay) -> None:
        node.bus.subscribe(Counted, ignore, name="inside")
        node.bus.subscribe(Counted, ignore, Delivery.DURABLE_OUTSIDE, name="outside")

        assert not replay.reaches_outside("inside")
        assert replay.reaches_outside("outside")
