"""A process that stops hands back what it could stop; what a handler cancels itself has failed."""

import asyncio
from typing import Any

from BE.core.durable.retries import Retries
from BE.core.jobs import Run
from tests.support.job_nodes import Count, JobNode, StartNode


async def test_a_job_whose_handler_goes_on_is_not_handed_back(start: StartNode) -> None:
    stopping, other = await start(stop_timeout=0.05), await start()
    begun, go = asyncio.Event(), asyncio.Event()

    async def tidy_up_long(_: Count, __: Run) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await go.wait()

    stopping.handlers.handle(Count, tidy_up_long)
    other.handlers.handle(Count, other.count)
    await stopping.enqueue(Count(subject="a"), key="k")
    async with stopping.working():
        await begun.wait()
    states, claimed = await other.states(), await other.claim()
    [task] = stopping.worker._attempts
    go.set()
    await asyncio.wait([task])

    assert (states, claimed) == ([("running", 1)], [])


async def test_what_a_handler_cancels_itself_is_a_failure(node: JobNode) -> None:
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


async def test_an_outcome_that_is_being_written_is_not_interrupted(start: StartNode) -> None:
    """The lease of a job that has just ended is no longer there to be extended."""
    node = await start(pool=5)
    finish, ending, go = node.claims.finish, asyncio.Event(), asyncio.Event()

    async def finish_slowly(*arguments: Any, **options: Any) -> None:
        await finish(*arguments, **options)
        ending.set()
        await go.wait()

    node.claims.finish = finish_slowly  # type: ignore[method-assign]
    node.handlers.handle(Count, node.count)
    await node.enqueue(Count(subject="a"))
    async with node.working():
        await ending.wait()
        [(task, attempt)] = node.worker._attempts.items()
        await node.worker._extend([attempt])
        go.set()
        await asyncio.wait([task])

    assert not task.cancelled()
