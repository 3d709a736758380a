"""Which deliveries one claim takes, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from BE.core.durable.retries import Retries
from BE.core.events.claims import Claimed, Lane
from tests.support.events import Counted, CountingDatabase, Node, Noticed
from tests.support.postgres import execute

RETRIES = Retries(attempts=4)
LEASE = timedelta(hours=1)
EXPIRED = timedelta(0)
"""The lease of a process that was killed."""


@pytest.fixture
async def node(events_dsn: str) -> AsyncIterator[Node]:
    await execute(events_dsn, "DELETE FROM events.event")
    async with CountingDatabase(
        events_dsn, pool_size=2, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    ) as database:
        node = Node(database)
        node.bus.subscribe(Counted, _ignore, name="count")
        yield node


async def publish(node: Node, *keys: str) -> None:
    """Publish one event for each key, numbered in order."""
    await node.publish(*(Counted(subject=key, number=number) for number, key in enumerate(keys)))


async def take(
    node: Node,
    *,
    free: int = 10,
    followers: int = 0,
    suspects: int = 0,
    lease: timedelta = LEASE,
    lane: Lane | None = None,
) -> list[Claimed]:
    lane = lane or Lane("count", Counted.type_name(), free, followers)
    return await node.claims.take([lane], suspects=suspects, lease=lease, retries=RETRIES)


def keys(claimed: list[Claimed]) -> str:
    return "".join(delivery.key or "-" for delivery in claimed)


async def _ignore(_: object) -> None: ...


class TestFirstOfEachKey:
    async def test_one_delivery_of_each_key_is_claimed(self, node: Node) -> None:
        await publish(node, *"aabbc")

        assert keys(await take(node)) == "abc"

    async def test_deliveries_without_a_key_do_not_wait_for_each_other(self, node: Node) -> None:
        node.bus.subscribe(Noticed, _ignore, name="notice")
        await node.publish(*(Noticed(number=number) for number in range(3)))

        assert len(await take(node, lane=Lane("notice", Noticed.type_name(), 10, 0))) == 3

    async def test_a_lane_claims_at_most_its_free_places(self, node: Node) -> None:
        await publish(node, *"abc")

        assert keys(await take(node, free=2)) == "ab"
        assert keys(await take(node, free=0)) == ""

    async def test_the_delivery_due_first_is_claimed_first(self, node: Node) -> None:
        await publish(node, *"abc")
        await node.db.execute(
            "UPDATE events.delivery SET due_at = due_at - '1 min'::interval WHERE key = 'c'"
        )

        assert keys(await take(node, free=1)) == "c"

    async def test_a_delivery_that_is_not_due_blocks_its_key(self, node: Node) -> None:
        await publish(node, *"aab")
        await node.db.execute(
            "UPDATE events.delivery SET due_at = now() + '1 hour'"
            " WHERE id = (SELECT min(id) FROM events.delivery)"
        )

        assert keys(await take(node, followers=10)) == "b"

    async def test_deliveries_of_another_type_or_handler_are_not_claimed(self, node: Node) -> None:
        await publish(node, "a")

        assert await take(node, lane=Lane("count", "test.counted@2", 10, 10)) == []
        assert await take(node, lane=Lane("other", None, 10, 10)) == []
        assert len(await take(node, lane=Lane("count", None, 10, 10))) == 1

    async def test_a_claim_counts_the_attempt_and_excludes_others(self, node: Node) -> None:
        await publish(node, "a")

        (claimed,) = await take(node)

        assert claimed.attempts == 1
        assert not claimed.is_suspect
        assert await take(node, suspects=1) == []

    async def test_one_attempt_without_an_outcome_makes_no_suspect(self, node: Node) -> None:
        await publish(node, *"ab")
        await take(node, lease=EXPIRED)

        assert [delivery.attempts for delivery in await take(node)] == [2, 2]


class TestFollowers:
    async def test_deliveries_directly_behind_are_claimed_in_order(self, node: Node) -> None:
        await publish(node, *"abab")

        claimed = await take(node, followers=10)

        assert keys(claimed) == "abab"
        assert [delivery.id for delivery in claimed] == sorted(delivery.id for delivery in claimed)

    async def test_the_keys_share_the_places_evenly(self, node: Node) -> None:
        await publish(node, *"aaaabbbb")

        assert keys(await take(node, followers=4)) == "aaabbb"

    async def test_no_follower_is_claimed_after_a_gap(self, node: Node) -> None:
        await publish(node, *"aaaa")
        await node.db.execute(
            "UPDATE events.delivery SET due_at = now() + '1 hour' WHERE id ="
            " (SELECT id FROM events.delivery ORDER BY id OFFSET 2 LIMIT 1)"
        )

        assert keys(await take(node, followers=10)) == "aa"

    async def test_an_event_of_a_later_version_ends_the_chain(self, node: Node) -> None:
        await publish(node, *"aaa")
        await node.db.execute(
            "UPDATE events.event SET version = 2 WHERE (payload->>'number')::integer = 1"
        )

        assert keys(await take(node, followers=10)) == "a"


class TestSuspects:
    async def test_are_claimed_up_to_the_requested_number(self, node: Node) -> None:
        await publish(node, *"abc")
        for _ in range(2):
            await take(node, lease=EXPIRED)

        assert await take(node, suspects=0) == []
        (suspect,) = await take(node, suspects=1)

        assert suspect.is_suspect
        assert (suspect.key, suspect.attempts) == ("a", 3)

    async def test_a_suspect_blocks_its_key_and_has_no_followers(self, node: Node) -> None:
        await publish(node, "a")
        for _ in range(2):
            await take(node, lease=EXPIRED)
        await publish(node, *"ab")

        claimed = await take(node, followers=10, suspects=1)

        assert [(delivery.key, delivery.is_suspect) for delivery in claimed] == [
            ("a", True),
            ("b", False),
        ]

    async def test_a_recorded_failure_makes_no_suspect(self, node: Node) -> None:
        await publish(node, *"ab")
        soon = replace(RETRIES, first=timedelta(0), longest=timedelta(0))
        for _ in range(2):
            for delivery in await take(node):
                await node.claims.fail(delivery, "no route", soon)

        claimed = await take(node)

        assert [(delivery.attempts, delivery.is_suspect) for delivery in claimed] == [
            (3, False),
            (3, False),
        ]

    async def test_suspects_of_a_lane_that_is_not_requested_are_not_claimed(
        self, node: Node
    ) -> None:
        await publish(node, "a")
        for _ in range(2):
            await take(node, lease=EXPIRED)

        assert await take(node, suspects=1, lane=Lane("other", None, 10, 0)) == []


class TestBuryingTheExhausted:
    async def test_a_delivery_without_attempts_left_is_dead_with_a_reason(self, node: Node) -> None:
        await publish(node, "a")
        for _ in range(RETRIES.attempts):
            assert len(await take(node, suspects=1, lease=EXPIRED)) == 1

        assert await take(node, suspects=1) == []

        (dead,) = await node.deliveries.newest("dead", limit=10)
        assert dead.attempts == RETRIES.attempts
        assert dead.last_error == "The process ended, or did not answer, each time it ran this"

    async def test_deliveries_of_lanes_that_are_not_requested_die_too(self, node: Node) -> None:
        await publish(node, "a")
        for _ in range(RETRIES.attempts):
            await take(node, suspects=1, lease=EXPIRED)

        await node.claims.take([], suspects=0, lease=LEASE, retries=RETRIES)

        assert await node.states() == [("dead", RETRIES.attempts)]

    async def test_a_last_attempt_that_still_runs_is_not_buried(self, node: Node) -> None:
        await publish(node, "a")
        for _ in range(RETRIES.attempts - 1):
            await take(node, suspects=1, lease=EXPIRED)
        assert len(await take(node, suspects=1)) == 1

        assert await take(node, suspects=1) == []
        assert await node.states() == [("pending", RETRIES.attempts)]
