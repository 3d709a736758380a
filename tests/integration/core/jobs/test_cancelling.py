"""A cancelled job ends as cancelled, whatever process runs it and however the attempt ends."""

import asyncio
from datetime import timedelta

import pytest

from BE.core.jobs import JobCancelled, Run
from BE.core.types import new_id
from tests.support.job_nodes import AT_ONCE, KEPT, Count, JobNode, StartNode

LOST = timedelta(0)


async def test_cancelling_a_queued_job_ends_it_immediately(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    ada = new_id()
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)

    assert await node.jobs.cancel(ada, enqueued.job.id)
    assert not await node.jobs.cancel(ada, enqueued.job.id)
    assert await node.claim() == []
    row = await node.row(enqueued.job.id)
    assert (row["state"], row["expires_at"] - row["ended_at"]) == ("cancelled", KEPT)


async def test_a_cancelled_job_is_kept_as_long_as_others_of_its_kind(node: JobNode) -> None:
    ada, an_hour = new_id(), timedelta(hours=1)
    node.handlers.handle(Count, node.count, kept=an_hour)
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)
    await node.jobs.cancel(ada, enqueued.job.id)
    row = await node.row(enqueued.job.id)

    assert row["expires_at"] - row["ended_at"] == an_hour


async def test_cancelling_the_job_of_another_user_does_nothing(node: JobNode) -> None:
    enqueued = await node.enqueue(Count(subject="a"), owner_id=new_id())

    assert not await node.jobs.cancel(new_id(), enqueued.job.id)
    assert await node.states() == [("queued", 0)]


@pytest.mark.usefixtures("extending_often")
@pytest.mark.parametrize("stops_itself", [True, False])
async def test_cancelling_a_running_job_is_requested_and_then_enforced(
    start: StartNode, *, stops_itself: bool
) -> None:
    node = await start(grace=1000 if stops_itself else 0.1)
    started, ada = asyncio.Event(), new_id()

    async def work(_: Count, run: Run) -> None:
        started.set()
        while True:
            await asyncio.sleep(0.01)
            if stops_itself:
                run.stop_if_cancelled()

    node.handlers.handle(Count, work)
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)
    async with node.working():
        await started.wait()
        assert await node.jobs.cancel(ada, enqueued.job.id)
        await node.settled()

    assert await node.states() == [("cancelled", 1)]


@pytest.mark.usefixtures("extending_often")
async def test_cancelling_rolls_back_the_transaction_of_the_handler(start: StartNode) -> None:
    node = await start(pool=5, grace=0.1)
    started, ada = asyncio.Event(), new_id()

    async def work(job: Count, run: Run) -> None:
        async with node.db.transaction():
            await node.count(job, run)
            started.set()
            await asyncio.Event().wait()

    node.handlers.handle(Count, work)
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)
    other = await start()
    async with node.working():
        await started.wait()
        await other.jobs.cancel(ada, enqueued.job.id)
        await other.settled()

    assert await other.effects() == []
    assert (await other.states())[0][0] == "cancelled"


async def test_cancelling_the_job_of_a_dead_process_ends_it(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    ada = new_id()
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)
    await node.claim(LOST)
    assert await node.jobs.cancel(ada, enqueued.job.id)
    async with node.working():
        await node.settled()

    assert (await node.states(), await node.effects()) == ([("cancelled", 1)], [])


async def test_a_handler_may_cancel_its_job(node: JobNode) -> None:
    async def stop(_: Count, __: Run) -> None:
        raise JobCancelled

    node.handlers.handle(Count, stop)
    await node.enqueue(Count(subject="a"))
    async with node.working():
        await node.settled()

    assert await node.states() == [("cancelled", 1)]


async def test_cancelling_a_job_whose_attempt_fails_ends_it(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)
    ada = new_id()
    enqueued = await node.enqueue(Count(subject="a"), owner_id=ada)
    [claimed] = await node.claim()
    await node.jobs.cancel(ada, enqueued.job.id)
    await node.claims.fail(claimed, "boom", AT_ONCE, kept=KEPT)
    row = await node.row(enqueued.job.id)

    assert (row["state"], row["error"], row["last_error"]) == ("cancelled", None, "boom")
    assert row["expires_at"] - row["ended_at"] >= KEPT


async def test_cancelling_the_job_of_a_stopping_process_ends_it(start: StartNode) -> None:
    stopping, other = await start(stop_timeout=0.05), await start()
    ada, started = new_id(), asyncio.Event()

    async def wait(_: Count, __: Run) -> None:
        started.set()
        await asyncio.Event().wait()

    stopping.handlers.handle(Count, wait)
    enqueued = await stopping.enqueue(Count(subject="a"), owner_id=ada)
    async with stopping.working():
        await started.wait()
        await other.jobs.cancel(ada, enqueued.job.id)
    row = await other.row(enqueued.job.id)

    assert row["state"] == "cancelled"
    assert row["expires_at"] - row["ended_at"] == KEPT
