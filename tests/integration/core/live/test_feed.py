"""The feed delivers each committed change once, in order, from where a reader stopped."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from BE.core.live.exceptions import ReaderTooSlow
from BE.core.live.snapshot import Snapshot
from tests.support.events import eventually
from tests.support.live import LiveNode, Moved, StartNode, versions

ADA, BOB = uuid4(), uuid4()


class WrongClock(datetime):
    """The wrong clock of a process."""

    @classmethod
    def now(cls, _: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(2000, 1, 1, tzinfo=UTC)


def moved(number: int, *, owner: UUID = ADA, thing: UUID | None = None) -> Moved:
    return Moved(thing_id=thing or uuid4(), owner_id=owner, number=number)


async def test_a_reader_receives_changes_committed_after_it_connected(node: LiveNode) -> None:
    await node.publish(moved(1))
    thing = uuid4()
    async with node.reading(ADA) as stream:
        ready = await stream.next()
        await node.publish(moved(2, thing=thing))
        change = await stream.next()

    assert (ready.event, ready.data) == ("ready", b"{}")
    assert change.event == "thing.moved"
    data = orjson.loads(change.data)
    assert (data["id"], data["version"], set(data)) == (
        str(thing),
        2,
        {"id", "version", "at", "team_id"},
    )
    assert data["team_id"] is None


async def test_a_rolled_back_change_is_not_delivered(node: LiveNode) -> None:
    async with node.reading(ADA) as stream:
        await stream.next()
        with pytest.raises(ValueError, match="boom"):
            async with node.db.transaction():
                await node.bus.publish(moved(1))
                raise ValueError("boom")
        await node.publish(moved(2))

        assert versions([await stream.next()]) == [2]


async def test_a_reader_resumes_after_its_cursor(node: LiveNode) -> None:
    async with node.reading(ADA) as stream:
        await stream.next()
        await node.publish(moved(1))
        cursor = (await stream.next()).id
    await node.publish(moved(2))
    await node.publish(moved(3))

    async with node.reading(ADA, cursor) as stream:
        ready, *changes = await stream.take(3)
        await node.publish(moved(4))
        changes.append(await stream.next())

    assert (ready.event, ready.id) == ("ready", cursor)
    assert versions(changes) == [2, 3, 4]


@pytest.mark.parametrize("is_live", [True, False])
async def test_a_reader_resumes_in_the_middle_of_a_transaction(
    node: LiveNode, *, is_live: bool
) -> None:
    async with node.reading(ADA) as stream:
        cursor = (await stream.next()).id
        if is_live:
            await node.publish(*(moved(number) for number in range(5)))
            cursor = (await stream.take(3))[-1].id
    if not is_live:
        await node.publish(*(moved(number) for number in range(5)))
        async with node.reading(ADA, cursor) as stream:
            cursor = (await stream.take(4))[-1].id
    await node.publish(moved(5))

    async with node.reading(ADA, cursor) as stream:
        assert versions((await stream.take(4))[1:]) == [3, 4, 5]


async def test_a_late_commit_is_not_skipped(node: LiveNode) -> None:
    """The first transaction writes first, and commits last."""
    is_written, may_commit = asyncio.Event(), asyncio.Event()

    async def write_slowly() -> None:
        async with node.db.transaction():
            await node.bus.publish(moved(1))
            is_written.set()
            await may_commit.wait()

    async with node.reading(ADA) as stream:
        await stream.next()
        slow = asyncio.create_task(write_slowly())
        await is_written.wait()
        await node.publish(moved(2))
        early = await stream.next()
        may_commit.set()
        await slow
        late = await stream.next()

    assert versions([early, late]) == [2, 1]
    async with node.reading(ADA, early.id) as stream:
        assert versions((await stream.take(2))[1:]) == [1]
        await node.publish(moved(3))
        assert versions([await stream.next()]) == [3]


async def test_a_backlog_of_several_pages_is_delivered(node: LiveNode) -> None:
    async with node.reading(ADA) as stream:
        cursor = (await stream.next()).id
    for first in range(0, 600, 100):
        await node.publish(*(moved(number) for number in range(first, first + 100)))

    async with node.reading(ADA, cursor) as stream:
        _, *changes = await stream.take(601)

    assert versions(changes) == list(range(600))
    async with node.reading(ADA, changes[299].id) as stream:
        _, *rest = await stream.take(301)
    assert versions(rest) == list(range(300, 600))


async def test_a_large_commit_does_not_cut_off_a_reader_that_keeps_up(
    node: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commit more changes than a reader may have pending, and more than one read returns."""
    monkeypatch.setattr("BE.core.live.feed._READ_AT_ONCE", 700)
    async with node.reading(ADA) as ada, node.reading(BOB) as bob:
        await ada.next()
        await bob.next()
        [reader] = node.feed._readers._by_audience[ADA]

        async def waits() -> bool:
            return reader._has_taken_all

        for first, count in ((0, 1), (1, 500), (501, 1), (502, 1000), (1502, 1)):
            taking = asyncio.create_task(ada.take(count))
            await eventually(waits)
            await node.publish(
                *(moved(number) for number in range(first, first + count)),
                moved(first, owner=BOB),
            )
            assert versions([await bob.next()]) == [first]  # by now all changes are distributed
            assert versions(await taking) == list(range(first, first + count))


async def test_a_change_is_dated_by_the_database(
    node: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All processes share this clock, which limits how long a change is kept."""
    monkeypatch.setattr("BE.core.events.event.datetime", WrongClock)
    async with node.reading(ADA) as stream:
        await stream.next()
        started = await node.log.now()
        await node.publish(moved(1))
        change = orjson.loads((await stream.next()).data)

    assert datetime.fromisoformat(change["at"]).timestamp() > started.at - 1  # rounded


async def test_changes_of_other_users_are_not_delivered(node: LiveNode) -> None:
    async with node.reading(ADA) as ada, node.reading(BOB) as bob:
        await ada.next()
        await bob.next()
        await node.publish(moved(1, owner=BOB), moved(2), moved(3, owner=BOB))
        await node.publish(moved(4))

        assert versions(await ada.take(2)) == [2, 4]
        assert versions(await bob.take(2)) == [1, 3]


async def test_a_change_reaches_the_readers_of_other_processes(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    async with there.reading(ADA) as stream:
        await stream.next()
        for number in range(20):
            await here.publish(moved(number))
            assert versions([await stream.next()]) == [number]


@pytest.mark.parametrize("cursor", ["", "nonsense", "A" * 200, "foreign"])
async def test_a_foreign_or_invalid_cursor_resets(node: LiveNode, cursor: str) -> None:
    if cursor == "foreign":
        async with node.reading(BOB) as stream:
            cursor = (await stream.next()).id
    async with node.reading(ADA, cursor) as stream:
        ready, reset = await stream.take(2)
        await node.publish(moved(1))
        change = await stream.next()

    assert [ready.event, reset.event] == ["ready", "reset"]
    assert reset.id == ready.id
    assert versions([change]) == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"at": -86_400},
        {"database": "another"},
        {"seen": Snapshot(2**62, frozenset())},
    ],
    ids=["of yesterday", "of another database", "of the future"],
)
async def test_a_cursor_without_a_position_resets(node: LiveNode, change: dict[str, Any]) -> None:
    now = await node.log.now()
    if "at" in change:
        change = {"at": now.at + change["at"]}
    cursor = node.cursors.seal(ADA, replace(now, **change))
    async with node.reading(ADA, cursor) as stream:
        ready, reset = await stream.take(2)

    assert [ready.event, reset.event] == ["ready", "reset"]


async def test_a_reader_that_stops_reading_is_cut_off_and_can_resume(node: LiveNode) -> None:
    async with node.reading(ADA) as stream:
        await stream.next()
        [reader] = node.feed._readers._by_audience[ADA]

        async def waits() -> bool:
            return reader._has_taken_all

        async def is_cut_off() -> bool:
            return reader._fault is not None

        taking = asyncio.create_task(stream.next())
        await eventually(waits)  # from now on it receives changes live
        await node.publish(moved(0))
        cursor = (await taking).id
        for first in range(1, 301, 100):
            await node.publish(*(moved(number) for number in range(first, first + 100)))
        await eventually(is_cut_off)
        with pytest.raises(ReaderTooSlow):
            await stream.take(400)

    async with node.reading(ADA, cursor) as stream:
        assert versions((await stream.take(301))[1:]) == list(range(1, 301))
