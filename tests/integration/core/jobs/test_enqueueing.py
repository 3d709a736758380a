"""A job exists if, and only if, the transaction commits; a key has one job at a time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from BE.core.types import new_id
from tests.support.events import eventually
from tests.support.job_nodes import Count, JobNode, StartNode, waits_for_lock


class RolledBack(Exception):
    pass


async def test_a_job_runs_once_its_transaction_has_committed(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    async with node.working():
        async with node.db.transaction():
            enqueued = await node.jobs.enqueue(Count(subject="a"))
            assert await node.effects() == []
        await node.settled()
    row = await node.row(enqueued.job.id)

    assert enqueued.is_new
    assert await node.effects() == ["a"]
    assert (row["state"], row["attempts"], row["progress"]) == ("done", 1, 1)
    assert row["result"] == '{"counted": "a"}'
    assert row["created_at"] <= row["started_at"] <= row["ended_at"]


async def test_a_rolled_back_transaction_enqueues_no_job(node: JobNode) -> None:
    with pytest.raises(RolledBack):
        async with node.db.transaction():
            await node.jobs.enqueue(Count(subject="a"))
            raise RolledBack

    assert await node.states() == []
    assert not node.jobs.filled.is_set()


async def test_enqueueing_needs_a_transaction(node: JobNode) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await node.jobs.enqueue(Count(subject="a"))


async def test_a_job_waits_until_it_is_due(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    later = await node.enqueue(
        Count(subject="later"), run_at=datetime.now(UTC) + timedelta(hours=1), priority="high"
    )
    await node.enqueue(Count(subject="now"))

    async def is_counted() -> bool:
        return await node.effects() == ["now"]

    async with node.working():
        await eventually(is_counted)
        assert (await node.row(later.job.id))["state"] == "queued"
        await node.db.execute("UPDATE jobs.job SET due_at = now() WHERE id = $1", later.job.id)
        await node.settled()

    assert await node.effects() == ["now", "later"]


async def test_jobs_run_by_priority_and_then_in_order(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    for priority in ("low", "normal", "high"):
        for number in (1, 2):
            await node.enqueue(Count(subject=f"{priority} {number}"), priority=priority)
    order = []
    while claimed := await node.claim(free=1):
        order.append(claimed[0].payload)

    assert order == [
        f'{{"subject": "{priority} {number}"}}'
        for priority in ("high", "normal", "low")
        for number in (1, 2)
    ]


class TestKey:
    async def test_a_taken_key_returns_its_job(self, node: JobNode) -> None:
        first = await node.enqueue(Count(subject="a"), key="k")
        again = await node.enqueue(Count(subject="b"), key="k")
        other = await node.enqueue(Count(subject="c"), key="l")

        assert (again.job.id, again.is_new) == (first.job.id, False)
        assert other.is_new

    async def test_a_key_is_taken_until_its_job_has_ended(self, node: JobNode) -> None:
        node.handlers.handle(Count, node.count)
        first = await node.enqueue(Count(subject="a"), key="k")
        [claimed] = await node.claim()
        while_it_runs = await node.enqueue(Count(subject="b"), key="k")
        await node.claims.finish(claimed, None, kept=timedelta(days=1))
        after = await node.enqueue(Count(subject="c"), key="k")

        assert while_it_runs.job.id == first.job.id
        assert after.is_new

    async def test_a_key_is_free_again_if_its_transaction_is_rolled_back(
        self, start: StartNode
    ) -> None:
        one, other, watcher = await start(), await start(), await start()
        entered, fail = asyncio.Event(), asyncio.Event()

        async def enqueue_and_roll_back() -> None:
            async with one.db.transaction():
                await one.jobs.enqueue(Count(subject="rolled back"), key="k")
                entered.set()
                await fail.wait()
                raise RolledBack

        async def is_waited_for() -> bool:
            return await waits_for_lock(watcher)

        holding = asyncio.create_task(enqueue_and_roll_back())
        await entered.wait()
        second = asyncio.create_task(other.enqueue(Count(subject="kept"), key="k"))
        await eventually(is_waited_for)
        fail.set()
        with pytest.raises(RolledBack):
            await holding

        assert (await second).is_new

    async def test_a_key_has_one_job_for_concurrent_callers(self, start: StartNode) -> None:
        nodes = [await start() for _ in range(4)]
        found = await asyncio.gather(
            *(node.enqueue(Count(subject="a"), key="k") for node in nodes * 5)
        )

        assert len({enqueued.job.id for enqueued in found}) == 1
        assert sum(enqueued.is_new for enqueued in found) == 1


async def test_jobs_are_removed_with_their_user(node: JobNode) -> None:
    ada, bob = new_id(), new_id()
    await node.enqueue(Count(subject="hers"), owner_id=ada)
    his = await node.enqueue(Count(subject="his"), owner_id=bob)
    await node.jobs.remove_all(ada)

    assert await node.jobs.newest(ada, limit=10) == []
    assert [job.id for job in await node.jobs.newest(bob, limit=10)] == [his.job.id]
