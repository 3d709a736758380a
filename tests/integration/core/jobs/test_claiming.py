"""Due jobs start as soon as a place is free, the most urgent first."""

import asyncio

from BE.core.jobs import Job, Run
from tests.support.events import eventually
from tests.support.job_nodes import Count, Limited, StartNode


async def test_long_jobs_do_not_delay_short_ones(start: StartNode) -> None:
    node = await start(at_once=4, poll=1000)
    release = asyncio.Event()

    async def wait(_: Limited, __: Run) -> None:
        await release.wait()

    node.handlers.handle(Limited, wait)
    node.handlers.handle(Count, node.count)
    for number in range(3):
        await node.enqueue(Limited(subject=str(number)), priority="high")
    for number in range(20):
        await node.enqueue(Count(subject=str(number)))

    async def are_done() -> bool:
        return len(await node.effects()) == 20

    async with node.working():
        await eventually(are_done)
        release.set()
        await node.settled()


async def test_the_most_urgent_job_of_limited_kinds_runs_first(start: StartNode) -> None:
    node = await start(at_once=1)
    order: list[str] = []

    async def record(job: Job, _: Run) -> None:
        order.append(job.kind)

    node.handlers.handle(Limited, record, at_once=5)
    node.handlers.handle(Count, record, at_once=5)
    for number in range(3):
        await node.enqueue(Limited(subject=str(number)), priority="low")
    await node.enqueue(Count(subject="urgent"), priority="high")
    async with node.working():
        await node.settled()

    assert order == ["count", "limited", "limited", "limited"]
