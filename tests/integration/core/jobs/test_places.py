"""A kind with places of its own: whoever waits long in it keeps nobody else waiting."""

import asyncio

import pytest

from BE.core.jobs import Run
from tests.support.events import eventually, holds
from tests.support.job_nodes import Count, JobNode, Limited, StartNode, do_nothing


async def waiting(start: StartNode, places: int) -> tuple[JobNode, asyncio.Event, list[str]]:
    """A node with one shared place, whose limited jobs last until the event."""
    node, release, begun = await start(at_once=1), asyncio.Event(), list[str]()

    async def wait(job: Limited, _: Run) -> None:
        begun.append(job.subject)
        await release.wait()

    node.handlers.handle(Limited, wait, places=places)
    node.handlers.handle(Count, node.count)
    return node, release, begun


async def test_takes_none_of_the_shared_places(start: StartNode) -> None:
    node, release, begun = await waiting(start, places=3)
    for number in range(3):
        await node.enqueue(Limited(subject=str(number)))
    async with node.working():
        await eventually(lambda: holds(len(begun) == 3))
        await node.enqueue(Count(subject="other"))

        async def is_counted() -> bool:
            return await node.effects() == ["other"]

        await eventually(is_counted)
        release.set()
        await node.settled()


async def test_runs_no_more_than_these_at_a_time(start: StartNode) -> None:
    node, release, begun = await waiting(start, places=2)
    for number in range(5):
        await node.enqueue(Limited(subject=str(number)))
    async with node.working():
        await eventually(lambda: holds(len(begun) == 2))
        await node.enqueue(Count(subject="other"))

        async def is_counted() -> bool:
            return await node.effects() == ["other"]

        await eventually(is_counted)  # so the worker has looked for more since
        at_once = len(begun)
        release.set()
        await node.settled()

    assert at_once == 2
    assert sorted(begun) == ["0", "1", "2", "3", "4"]


async def test_has_no_limit_over_all_processes_too(node: JobNode) -> None:
    with pytest.raises(ValueError, match="limited"):
        node.handlers.handle(Limited, do_nothing, at_once=1, places=1)
