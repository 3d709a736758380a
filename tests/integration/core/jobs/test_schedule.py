"""A recurring job is enqueued once for each tick, however many processes run."""

import asyncio
from contextvars import Context
from datetime import UTC, datetime, timedelta

import pytest

from BE.core.jobs import Every
from BE.core.jobs.schedule import JobSchedule
from tests.support.events import eventually
from tests.support.job_nodes import Count, JobNode, StartNode


def schedule_of(node: JobNode, expression: str = "* * * * *") -> JobSchedule:
    if not node.handlers.all:
        node.handlers.handle(Count, node.count)
        node.handlers.every(Every(expression), Count(subject="tick"))
    return JobSchedule(node.db, node.jobs, node.handlers)


async def turn_back(node: JobNode, by: timedelta) -> None:
    """Move the last tick into the past."""
    await node.db.execute("UPDATE jobs.schedule SET last_tick = last_tick - $1::interval", by)


async def count(node: JobNode) -> int:
    found: int = await node.db.fetchval("SELECT count(*) FROM jobs.job")
    return found


async def test_a_new_schedule_starts_now(node: JobNode) -> None:
    seconds = await schedule_of(node).tick()

    assert seconds is not None
    assert 0 <= seconds <= 60
    assert await count(node) == 0


async def test_one_of_several_starting_processes_adds_the_schedule(start: StartNode) -> None:
    first, second = await start(), await start()
    schedule = schedule_of(second)
    [recurring] = second.handlers.recurring

    async def is_waiting() -> bool:
        found: bool = await first.db.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
        )
        return found

    async with first.db.transaction():
        await first.db.execute(
            "INSERT INTO jobs.schedule (name, last_tick) VALUES ($1, now())", recurring.name
        )
        ticking = asyncio.create_task(schedule.tick(), context=Context())
        await eventually(is_waiting)

    assert await ticking is not None


async def test_each_tick_is_enqueued_once_by_several_processes(start: StartNode) -> None:
    nodes = [await start() for _ in range(4)]
    schedules = [schedule_of(node) for node in nodes]
    await schedules[0].tick()
    await turn_back(nodes[0], timedelta(minutes=10))
    await asyncio.gather(*(schedule.tick() for schedule in schedules * 3))
    due = await nodes[0].db.fetch("SELECT due_at FROM jobs.job ORDER BY due_at")

    assert 10 <= len(due) <= 11  # another minute may have started
    assert len({due_at for (due_at,) in due}) == len(due)
    assert all(due_at.second == 0 for (due_at,) in due)


async def test_a_clock_that_is_set_back_repeats_no_tick(node: JobNode) -> None:
    schedule = schedule_of(node)
    await schedule.tick()
    await turn_back(node, -timedelta(hours=1))  # as if the database's clock had been ahead
    await schedule.tick()

    assert await count(node) == 0


async def test_a_new_process_continues_after_the_last_tick(start: StartNode) -> None:
    first, second = await start(), await start()
    await schedule_of(first, "0 0 * * *").tick()
    await turn_back(first, timedelta(days=3))
    await schedule_of(second, "0 0 * * *").tick()
    await schedule_of(first).tick()

    assert await count(first) == 1


def expression_due_in_half_a_year() -> str:
    """Return an expression of a yearly tick that is half a year away."""
    return f"0 0 1 {(datetime.now(UTC).month + 5) % 12 + 1} *"


async def test_a_schedule_removed_long_ago_starts_anew(start: StartNode) -> None:
    before, after = await start(), await start()
    await schedule_of(before, expression_due_in_half_a_year()).tick()
    await turn_back(before, timedelta(days=800))
    await schedule_of(after, expression_due_in_half_a_year()).tick()

    assert await count(after) == 0


async def test_a_rarely_due_schedule_is_kept(start: StartNode) -> None:
    node, later = await start(), await start()
    await schedule_of(node, expression_due_in_half_a_year()).tick()
    for _ in range(2):
        await turn_back(node, timedelta(days=20))
        await schedule_of(later, expression_due_in_half_a_year()).tick()
    row = await node.db.fetchrow("SELECT now() - last_tick, count(*) OVER () FROM jobs.schedule")

    assert row[0] < timedelta(days=1)
    assert row[1] == 1


def test_two_schedules_of_a_kind_need_different_names(node: JobNode) -> None:
    node.handlers.every(Every("0 3 * * *"), Count(subject="a"))
    with pytest.raises(ValueError, match="recurs already"):
        node.handlers.every(Every("0 3 * * *"), Count(subject="b"))
    node.handlers.every(Every("0 3 * * *"), Count(subject="b"), name="b")

    assert len(node.handlers.recurring) == 2


async def test_the_schedule_runs_beside_the_worker(node: JobNode) -> None:
    schedule, ready = schedule_of(node), asyncio.Event()
    await schedule.tick()
    await turn_back(node, timedelta(minutes=1))
    ready.set()

    async def is_counted() -> bool:
        return "tick" in await node.effects()

    async with schedule.running(ready), node.working():
        await eventually(is_counted)
