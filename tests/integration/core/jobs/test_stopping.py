"""A stopping process releases the jobs that it could stop; a self-cancelled handler fails."""

import asyncio
from typing import Any

from BE.core.durable.retries import Retries
from BE.core.jobs import Run
from tests.support.job_nodes import Count, JobNode, StartNode


async def test_a_job_whose_handler_still_runs_is_not_released(start: StartNode) -> None:
    stopping, other = await start(stop_timeout=0.05), await start()
    started, release = asyncio.Event(), asyncio.Event()

    async def clean_up_slowly(_: Count, __: Run) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await release.wait()

    stopping.handlers.handle(Count, clean_up_slowly)
    other.handlers.handle(Count, other.count)
    await stopping.enqueue(Count(subject="a"), key="k")
    async with stopping.working():
        await started.wait()
    states, claimed = await other.states(), await other.claim()
    [task] = stopping.worker._attempts
    release.set()
    await asyncio.wait([task])

    assert (states, claimed) == ([("running", 1)], [])


async def test_a_handler_that_cancels_its_own_task_fails(node: JobNode) -> None:
    async def cancel_own(_: Count, __: Run) -> None:
        waiting = asyncio.create_task(asyncio.Event().wait())
        waiting.cancel()
        await waiting

    node.handlers.handle(Count, cancel_own, retries=Retries(attempts=1))
    enqueued = await node.enqueue(Count(subject="a"))
    async with node.working():
        await node.settled()
    row = await node.row(enqueued.job.id)

    assert (row["state"], row["last_error"]) == ("failed", "CancelledError: ")


async def test_storing_an_outcome_is_not_interrupted(start: StartNode) -> None:
    """A job that has just ended has no lease to extend."""
    node = await start(pool=5)
    finish, ending, release = node.claims.finish, asyncio.Event(), asyncio.Event()

    async def finish_slowly(*arguments: Any, **options: Any) -> None:
        await finish(*arguments, **options)
        ending.set()
        await release.wait()

    node.claims.finish = finish_slowly  # type: ignore[method-assign]
    node.handlers.handle(Count, node.count)
    await node.enqueue(Count(subject="a"))
    async with node.working():
        await ending.wait()
        [(task, attempt)] = node.worker._attempts.items()
        await node.worker._extend([attempt])
        release.set()
        await asyncio.wait([task])

    assert not task.cancelled()
