"""What the members of a group are shown, from when they belong to it to when they do no more."""

import asyncio
from collections import defaultdict
from uuid import UUID, uuid4

import orjson
import pytest

from BE.core.live.messages import LiveMessage
from tests.support.events import eventually
from tests.support.live import LiveNode, Moved, Regrouped, StartNode, Stream

ADA, BOB, GROUP = uuid4(), uuid4(), uuid4()


type Taking = asyncio.Task[list[LiveMessage]]


class Groups:
    """Who belongs to what, as another context would know it."""

    def __init__(self) -> None:
        self.of: defaultdict[UUID, set[UUID]] = defaultdict(set)

    async def groups_of(self, user_id: UUID) -> set[UUID]:
        return {*self.of[user_id]}


@pytest.fixture
def groups() -> Groups:
    return Groups()


@pytest.fixture
async def node(start_node: StartNode, groups: Groups) -> LiveNode:
    node = await start_node()
    node.audiences.add(groups.groups_of)
    return node


def moved(number: int, owner: UUID = GROUP) -> Moved:
    return Moved(thing_id=uuid4(), owner_id=owner, number=number)


def regrouped(user_id: UUID = BOB) -> Regrouped:
    return Regrouped(group_id=GROUP, user_id=user_id)


def seen(message: LiveMessage) -> tuple[str, int | None, str | None]:
    data = orjson.loads(message.data)
    return message.event, data["version"], data["team_id"]


async def waiting(node: LiveNode, stream: Stream, user_id: UUID, count: int) -> Taking:
    """Take what comes next, once the stream has taken all there was, and its gaps."""
    [reader] = [one for one in node.feed._readers._present if one.user_id == user_id]

    async def waits() -> bool:
        return reader._has_taken_all

    for _ in range(2):
        taking = asyncio.create_task(stream.take(1))
        await eventually(waits)
        await node.publish(moved(0, user_id))
        await taking
    following = asyncio.create_task(stream.take(count))
    await eventually(waits)
    return following


async def test_who_waits_is_shown_nothing_that_is_committed_with_the_departure(
    node: LiveNode, groups: Groups
) -> None:
    groups.of[BOB].add(GROUP)
    async with node.reading(BOB) as his:
        await his.next()
        following = await waiting(node, his, BOB, 2)
        groups.of[BOB].clear()
        await node.publish(moved(1), regrouped(), moved(2))
        await node.publish(moved(3))
        await node.publish(moved(4, BOB))
        changes = await following

    assert [seen(change) for change in changes] == [
        ("group.changed", None, None),
        ("thing.moved", 4, None),
    ]


async def test_who_waits_is_shown_what_is_committed_with_the_arrival(
    node: LiveNode, groups: Groups
) -> None:
    async with node.reading(BOB) as his:
        await his.next()
        following = await waiting(node, his, BOB, 3)
        groups.of[BOB].add(GROUP)
        await node.publish(regrouped(), moved(1))
        await node.publish(moved(2))
        changes = await following

    assert [seen(change)[1] for change in changes] == [None, 1, 2]


async def test_members_see_the_changes_of_their_group_and_nobody_else(
    node: LiveNode, groups: Groups
) -> None:
    groups.of[ADA].add(GROUP)
    async with node.reading(ADA) as hers, node.reading(BOB) as his:
        await hers.next()
        await his.next()
        await node.publish(moved(1))
        await node.publish(moved(2, ADA))
        await node.publish(moved(3, BOB))
        of_group, own = await hers.take(2)
        first_of_his = await his.next()

    assert seen(of_group) == ("thing.moved", 1, str(GROUP))
    assert seen(own) == ("thing.moved", 2, None)
    assert seen(first_of_his) == ("thing.moved", 3, None)


async def test_who_leaves_sees_no_more_of_the_group_wherever_they_read(
    node: LiveNode, start_node: StartNode, groups: Groups
) -> None:
    """What commits with the departure is not shown either, whatever its place in the commit."""
    groups.of[ADA].add(GROUP)
    groups.of[BOB].add(GROUP)
    other = await start_node()
    other.audiences.add(groups.groups_of)
    async with node.reading(BOB) as here, other.reading(BOB) as there, node.reading(ADA) as hers:
        for stream in (here, there, hers):
            await stream.next()
        await node.publish(moved(1))
        before = [seen(await stream.next()) for stream in (here, there)]
        groups.of[BOB].clear()
        await node.publish(moved(2), regrouped(), moved(3))
        await node.publish(moved(4))
        await node.publish(moved(5, BOB))
        after = [[seen(message) for message in await stream.take(2)] for stream in (here, there)]
        of_ada = [seen(message) for message in await hers.take(4)]

    assert before == [("thing.moved", 1, str(GROUP))] * 2
    assert after == [[("group.changed", None, None), ("thing.moved", 5, None)]] * 2
    assert [version for _, version, _ in of_ada] == [1, 2, 3, 4]


async def test_a_cursor_from_before_shows_a_former_member_nothing_of_the_group(
    node: LiveNode, groups: Groups
) -> None:
    groups.of[BOB].add(GROUP)
    async with node.reading(BOB) as his:
        cursor = (await his.next()).id
    await node.publish(moved(1))
    groups.of[BOB].clear()
    await node.publish(regrouped())
    await node.publish(moved(2))
    await node.publish(moved(3, BOB))
    async with node.reading(BOB, cursor) as his:
        _, *changes = await his.take(3)

    assert [seen(change) for change in changes] == [
        ("group.changed", None, None),
        ("thing.moved", 3, None),
    ]


async def test_who_joins_sees_what_follows_and_each_change_once(
    node: LiveNode, groups: Groups
) -> None:
    async with node.reading(BOB) as his:
        await his.next()
        groups.of[BOB].add(GROUP)
        await node.publish(regrouped())
        await node.publish(moved(1), moved(2, BOB), moved(3))
        changes = await his.take(4)
        await node.publish(moved(4))
        last = await his.next()

    assert [seen(change)[1] for change in changes] == [None, 1, 2, 3]
    assert seen(last) == ("thing.moved", 4, str(GROUP))


async def test_a_member_resumes_in_the_middle_of_a_commit_to_several_audiences(
    node: LiveNode, groups: Groups
) -> None:
    groups.of[BOB].add(GROUP)
    async with node.reading(BOB) as his:
        await his.next()
        await node.publish(moved(1), moved(2, BOB), moved(3), moved(4, BOB))
        changes = await his.take(4)
    for place, change in enumerate(changes, start=1):
        async with node.reading(BOB, change.id) as his:
            _, *rest = await his.take(1 + 4 - place)

        assert [seen(message)[1] for message in rest] == [1, 2, 3, 4][place:]
