"""A kind with places of its own does not delay other kinds."""

import asyncio

import pytest

from BE.core.jobs import Run
from tests.support.events import eventually, holds
from tests.support.job_nodes import Count, JobNode, Limited, StartNode, do_nothing


async def start_with_places(
    start: StartNode, places: int
) -> tuple[JobNode, asyncio.Event, list[str]]:
    """Start a node with one shared place, whose limited jobs run until the event is set."""
    node, release, started = await start(at_once=1), asyncio.Event(), list[str]()

    async def wait(job: Limited, _: Run) -> None:
        started.append(job.subject)
        await release.wait()

    node.handlers.handle(Limited, wait, places=places)
    node.handlers.handle(Count, node.count)
    return node, release, started


async def test_a_kind_with_own_places_uses_no_shared_place(start: StartNode) -> None:
    node, release, started = await start_with_places(start, places=3)
    for number in range(3):
        await node.enqueue(Limited(subject=str(number)))
    async with node.working():
        await eventually(lambda: holds(len(started) == 3))
        await node.enqueue(Count(subject="other"))

        async def is_counted() -> bool:
            return await node.effects() == ["other"]

        await eventually(is_counted)
        release.set()
        await node.settled()


async def test_a_kind_runs_no_more_jobs_than_its_places(start: StartNode) -> None:
    node, release, started = await start_with_places(start, places=2)
    for number in range(5):
        await node.enqueue(Limited(subject=str(number)))
    async with node.working():
        await eventually(lambda: holds(len(started) == 2))
        await node.enqueue(Count(subject="other"))

        async def is_counted() -> bool:
            return await node.effects() == ["other"]

        await eventually(is_counted)  # so the worker has polled since
        concurrent = len(started)
        release.set()
        await node.settled()

    assert concurrent == 2
    assert sorted(started) == ["0", "1", "2", "3", "4"]


async def test_own_places_exclude_a_limit_over_all_processes(node: JobNode) -> None:
    with pytest.raises(ValueError, match="limited"):
        node.handlers.handle(Limited, do_nothing, at_once=1, places=1)
