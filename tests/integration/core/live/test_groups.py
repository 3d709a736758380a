"""Members of a group receive its changes from when they join until they leave."""

import asyncio
from collections import defaultdict
from uuid import UUID, uuid4

import orjson
import pytest

from BE.core.live.messages import LiveMessage
from tests.support.events import eventually
from tests.support.live import LiveNode, Moved, Regrouped, StartNode, Stream

ADA, BOB, GROUP = uuid4(), uuid4(), uuid4()


type TakeTask = asyncio.Task[list[LiveMessage]]


class Groups:
    """The memberships, as another context would provide them."""

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


def summary(message: LiveMessage) -> tuple[str, int | None, str | None]:
    data = orjson.loads(message.data)
    return message.event, data["version"], data["team_id"]


async def start_taking(node: LiveNode, stream: Stream, user_id: UUID, count: int) -> TakeTask:
    """Take the next messages, once the stream has read the backlog and its gaps."""
    [reader] = [reader for reader in node.feed._readers._present if reader.user_id == user_id]

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


async def test_a_live_reader_gets_no_change_committed_with_their_departure(
    node: LiveNode, groups: Groups
) -> None:
    groups.of[BOB].add(GROUP)
    async with node.reading(BOB) as his:
        await his.next()
        following = await start_taking(node, his, BOB, 2)
        groups.of[BOB].clear()
        await node.publish(moved(1), regrouped(), moved(2))
        await node.publish(moved(3))
        await node.publish(moved(4, BOB))
        changes = await following

    assert [summary(change) for change in changes] == [
        ("group.changed", None, None),
        ("thing.moved", 4, None),
    ]


async def test_a_live_reader_gets_changes_committed_with_their_arrival(
    node: LiveNode, groups: Groups
) -> None:
    async with node.reading(BOB) as his:
        await his.next()
        following = await start_taking(node, his, BOB, 3)
        groups.of[BOB].add(GROUP)
        await node.publish(regrouped(), moved(1))
        await node.publish(moved(2))
        changes = await following

    assert [summary(change)[1] for change in changes] == [None, 1, 2]


async def test_only_members_receive_the_changes_of_their_group(
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

    assert summary(of_group) == ("thing.moved", 1, str(GROUP))
    assert summary(own) == ("thing.moved", 2, None)
    assert summary(first_of_his) == ("thing.moved", 3, None)


async def test_a_former_member_receives_no_change_of_the_group_in_any_process(
    node: LiveNode, start_node: StartNode, groups: Groups
) -> None:
    """Changes committed with the departure are not delivered, whatever their order."""
    groups.of[ADA].add(GROUP)
    groups.of[BOB].add(GROUP)
    other = await start_node()
    other.audiences.add(groups.groups_of)
    async with node.reading(BOB) as here, other.reading(BOB) as there, node.reading(ADA) as hers:
        for stream in (here, there, hers):
            await stream.next()
        await node.publish(moved(1))
        before = [summary(await stream.next()) for stream in (here, there)]
        groups.of[BOB].clear()
        await node.publish(moved(2), regrouped(), moved(3))
        await node.publish(moved(4))
        await node.publish(moved(5, BOB))
        after = [[summary(message) for message in await stream.take(2)] for stream in (here, there)]
        of_ada = [summary(message) for message in await hers.take(4)]

    assert before == [("thing.moved", 1, str(GROUP))] * 2
    assert after == [[("group.changed", None, None), ("thing.moved", 5, None)]] * 2
    assert [version for _, version, _ in of_ada] == [1, 2, 3, 4]


async def test_an_earlier_cursor_of_a_former_member_shows_no_change_of_the_group(
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

    assert [summary(change) for change in changes] == [
        ("group.changed", None, None),
        ("thing.moved", 3, None),
    ]


async def test_a_new_member_receives_later_changes_once(node: LiveNode, groups: Groups) -> None:
    async with node.reading(BOB) as his:
        await his.next()
        groups.of[BOB].add(GROUP)
        await node.publish(regrouped())
        await node.publish(moved(1), moved(2, BOB), moved(3))
        changes = await his.take(4)
        await node.publish(moved(4))
        last = await his.next()

    assert [summary(change)[1] for change in changes] == [None, 1, 2, 3]
    assert summary(last) == ("thing.moved", 4, str(GROUP))


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

        assert [summary(message)[1] for message in rest] == [1, 2, 3, 4][place:]
