"""A job runs at least once, and ends once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from BE.core.durable.attempts import LeaseLost
from BE.core.durable.retries import Retries
from BE.core.exceptions import PermanentFailure
from BE.core.jobs import Job, JobRefused, Run
from BE.core.jobs.claims import Extension
from BE.core.jobs.stored_jobs import JobKeyTaken, JobNotFailed, JobNotFound
from BE.core.types import new_id
from tests.support.events import eventually
from tests.support.job_nodes import (
    AT_ONCE,
    KEPT,
    Count,
    JobNode,
    Limited,
    StartNode,
    end_job_leases,
    waits_for_lock,
)

LOST = timedelta(0)


class Boom(Exception):
    pass


async def test_processes_share_the_jobs_and_run_each_once(start: StartNode) -> None:
    nodes = [await start() for _ in range(3)]
    for node in nodes:
        node.handlers.handle(Count, node.count)
    for number in range(100):
        await nodes[0].enqueue(Count(subject=str(number)))
    async with nodes[0].working(), nodes[1].working(), nodes[2].working():
        await nodes[0].settled()

    assert Counter(await nodes[0].effects()) == Counter(str(number) for number in range(100))
    assert {state for state, _ in await nodes[0].states()} == {"done"}


class TestFailure:
    async def test_a_failed_job_is_retried_until_it_succeeds(self, node: JobNode) -> None:
        failures = [Boom("one"), Boom("two")]

        async def fail_twice(job: Count, run: Run) -> None:
            await node.count(job, run)
            if failures:
                raise failures.pop(0)

        node.handlers.handle(Count, fail_twice, retries=AT_ONCE)
        await node.enqueue(Count(subject="a"))
        async with node.working():
            await node.settled()

        assert await node.states() == [("done", 3)]
        assert await node.effects() == ["a", "a", "a"]

    async def test_a_job_that_always_fails_is_kept_for_an_operator(self, node: JobNode) -> None:
        async def fail(_: Count, __: Run) -> None:
            raise Boom("secret\x00cause")

        node.handlers.handle(Count, fail, retries=AT_ONCE)
        enqueued = await node.enqueue(Count(subject="a"), owner_id=new_id())
        async with node.working():
            await node.settled()
        row = await node.row(enqueued.job.id)

        assert (row["state"], row["attempts"], row["expires_at"]) == ("failed", 3, None)
        assert row["last_error"] == "Boom: secret\ufffdcause"
        assert "secret" not in row["error"]
        assert (await node.stored.backlog()).dead == 1

    async def test_a_failed_job_is_retried_after_a_delay(self, node: JobNode) -> None:
        node.handlers.handle(Count, node.count)
        enqueued = await node.enqueue(Count(subject="a"))
        [claimed] = await node.claim()
        hours = Retries(attempts=3, first=timedelta(hours=9), longest=timedelta(hours=9))
        await node.claims.fail(claimed, "boom", hours, kept=KEPT)
        row = await node.row(enqueued.job.id)

        assert row["state"] == "queued"
        assert timedelta(0) <= row["due_at"] - row["started_at"] <= timedelta(hours=10)

    async def test_a_permanent_failure_is_not_retried(self, node: JobNode) -> None:
        async def fail(_: Count, __: Run) -> None:
            raise PermanentFailure("never")

        node.handlers.handle(Count, fail)
        await node.enqueue(Count(subject="a"))
        async with node.working():
            await node.settled()

        assert await node.states() == [("failed", 1)]

    async def test_a_refused_job_has_a_reason_and_expires(self, node: JobNode) -> None:
        async def refuse(_: Count, __: Run) -> None:
            raise JobRefused("Line 3 has no title")

        node.handlers.handle(Count, refuse)
        enqueued = await node.enqueue(Count(subject="a"), owner_id=new_id())
        async with node.working():
            await node.settled()
        row = await node.row(enqueued.job.id)

        assert (row["state"], row["attempts"]) == ("failed", 1)
        assert row["error"] == "Line 3 has no title"
        assert row["expires_at"] is not None
        assert (await node.stored.backlog()).dead == 0


class TestLease:
    async def test_another_process_runs_the_job_of_a_dead_one(self, start: StartNode) -> None:
        dead, alive = await start(), await start()
        for node in (dead, alive):
            node.handlers.handle(Count, node.count)
        await dead.enqueue(Count(subject="a"))
        await dead.claim(LOST)
        async with alive.working():
            await alive.settled()

        assert await alive.states() == [("done", 2)]

    async def test_a_process_with_an_expired_lease_can_write_nothing(
        self, start: StartNode
    ) -> None:
        frozen, other = await start(), await start()
        for node in (frozen, other):
            node.handlers.handle(Count, node.count)
        enqueued = await frozen.enqueue(Count(subject="a"), owner_id=new_id())
        [old] = await frozen.claim(LOST)
        [new] = await other.claim()
        kept = await frozen.claims.extend([Extension(old, 0.9, "late")], timedelta(seconds=60))
        run = Run(old, frozen.claims, kept=KEPT)

        assert kept == {}
        with pytest.raises(LeaseLost):
            await frozen.claims.fail(old, "late", Retries(), kept=KEPT)
        with pytest.raises(LeaseLost):
            await run.finish({"late": True})
        await frozen.claims.give_back([(old, KEPT)])
        row = await other.row(enqueued.job.id)
        assert (row["state"], row["claim"], row["progress"]) == ("running", new.claim, None)

    async def test_a_failed_finish_rolls_back_its_transaction(self, start: StartNode) -> None:
        frozen, other = await start(), await start()
        for node in (frozen, other):
            node.handlers.handle(Count, node.count)
        await frozen.enqueue(Count(subject="a"))
        [old] = await frozen.claim(LOST)
        await other.claim()
        run = Run(old, frozen.claims, kept=KEPT)
        with pytest.raises(LeaseLost):
            async with frozen.db.transaction():
                await frozen.count(Count(subject="a"), run)
                await run.finish()

        assert await frozen.effects() == []

    @pytest.mark.usefixtures("extending_often")
    async def test_is_extended_while_the_handler_runs(self, start: StartNode) -> None:
        worker, other = await start(), await start()
        release, ends = asyncio.Event(), set()

        async def wait(job: Count, run: Run) -> None:
            await release.wait()
            await worker.count(job, run)

        worker.handlers.handle(Count, wait)
        await worker.enqueue(Count(subject="a"))

        async def is_extended() -> bool:
            ends.add(await other.db.fetchval("SELECT due_at FROM jobs.job WHERE claim IS NOT NULL"))
            return len(ends - {None}) > 3

        async with worker.working():
            await eventually(is_extended)
            release.set()
            await worker.settled()

        assert await worker.states() == [("done", 1)]

    @pytest.mark.usefixtures("extending_often")
    async def test_a_handler_with_an_expired_lease_is_stopped(self, start: StartNode) -> None:
        worker, other = await start(at_once=1), await start()
        other.handlers.handle(Count, other.count)
        started, stopped = asyncio.Event(), asyncio.Event()

        async def wait(_: Count, __: Run) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

        async def is_taken() -> bool:
            """Try to claim it; fails if the worker has just extended its lease."""
            await end_job_leases(other.db)
            return bool(await other.claim())

        worker.handlers.handle(Count, wait)
        await worker.enqueue(Count(subject="a"))
        async with worker.working():
            await started.wait()
            await eventually(is_taken)
            await stopped.wait()

        assert await other.states() == [("running", 2)]

    async def test_a_job_that_kills_its_process_each_time_fails(self, node: JobNode) -> None:
        node.handlers.handle(Count, node.count, retries=Retries(attempts=3))
        enqueued = await node.enqueue(Count(subject="a"))
        attempts = [len(await node.claim(LOST, suspects=1)) for _ in range(4)]
        row = await node.row(enqueued.job.id)

        assert attempts == [1, 1, 1, 0]
        assert (row["state"], row["expires_at"]) == ("failed", None)
        assert row["last_error"].startswith("The process ended")

    async def test_suspects_are_claimed_one_at_a_time(self, node: JobNode) -> None:
        node.handlers.handle(Count, node.count)
        for number in range(5):
            await node.enqueue(Count(subject=str(number)))
        assert len(await node.claim(LOST)) == 5
        assert len(await node.claim(LOST)) == 5

        assert len(await node.claim(LOST, suspects=1)) == 1


class TestLimitOfAKind:
    async def test_holds_over_all_processes(self, start: StartNode) -> None:
        running, highest = 0, 0

        async def count_running(job: Limited, _: Run) -> None:
            nonlocal running, highest
            running += 1
            highest = max(highest, running)
            await nodes[0].db.fetchval("SELECT pg_sleep(0.01)")
            running -= 1

        nodes = [await start(poll=0.01) for _ in range(4)]
        for node in nodes:
            node.handlers.handle(Limited, count_running, at_once=2)
        for number in range(40):
            await nodes[0].enqueue(Limited(subject=str(number)))
        async with (
            nodes[0].working(),
            nodes[1].working(),
            nodes[2].working(),
            nodes[3].working(),
        ):
            await nodes[0].settled()

        assert highest == 2
        assert await nodes[0].states() == [("done", 1)] * 40

    async def test_does_not_delay_other_kinds(self, node: JobNode) -> None:
        release = asyncio.Event()

        async def wait(_: Limited, __: Run) -> None:
            await release.wait()

        node.handlers.handle(Limited, wait, at_once=1)
        node.handlers.handle(Count, node.count)
        for number in range(3):
            await node.enqueue(Limited(subject=str(number)), priority="high")
        await node.enqueue(Count(subject="other"))

        async def is_counted() -> bool:
            return await node.effects() == ["other"]

        async with node.working():
            await eventually(is_counted)
            release.set()
            await node.settled()


async def test_progress_is_stored_and_cleared_after_the_attempt(node: JobNode) -> None:
    release = asyncio.Event()

    async def work(_: Count, run: Run) -> None:
        run.progress(0.1, "not written")
        run.progress(0.4, "4 000 of 10 000 rows")
        await release.wait()

    node.handlers.handle(Count, work)
    enqueued = await node.enqueue(Count(subject="a"))

    async def is_written() -> bool:
        row = await node.row(enqueued.job.id)
        return (row["progress"], row["note"]) == (0.4, "4 000 of 10 000 rows")

    async with node.working():
        await eventually(is_written)
        release.set()
        await node.settled()
    row = await node.row(enqueued.job.id)

    assert (row["progress"], row["note"]) == (1, None)


async def test_progress_is_stored_later_after_a_failure(node: JobNode) -> None:
    release, extend, failures = asyncio.Event(), node.claims.extend, [Boom("no answer")]

    async def fail_once(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await extend(*arguments)

    async def work(_: Count, run: Run) -> None:
        run.progress(0.4)
        await release.wait()

    node.claims.extend = fail_once  # type: ignore[assignment,method-assign]
    node.handlers.handle(Count, work)
    enqueued = await node.enqueue(Count(subject="a"))

    async def is_written() -> bool:
        return bool((await node.row(enqueued.job.id))["progress"] == 0.4)

    async with node.working():
        await eventually(is_written)
        release.set()
        await node.settled()


async def test_a_stopping_process_releases_its_jobs(start: StartNode) -> None:
    stopping, other = await start(stop_timeout=0.05), await start()
    started = asyncio.Event()

    async def wait(_: Count, run: Run) -> None:
        run.progress(0.4, "half way")
        await stopping.claims.extend([Extension(run._claimed, 0.4, "half way")], KEPT)
        started.set()
        await asyncio.Event().wait()

    stopping.handlers.handle(Count, wait)
    other.handlers.handle(Count, other.count)
    await stopping.enqueue(Count(subject="a"))
    async with stopping.working():
        await started.wait()
    released = await other.states()
    progress = await other.db.fetchrow("SELECT progress, note FROM jobs.job")
    async with other.working():
        await other.settled()

    assert released == [("queued", 0)]
    assert tuple(progress) == (None, None)
    assert await other.states() == [("done", 1)]


async def test_ended_jobs_expire_and_dead_ones_do_not(node: JobNode) -> None:
    async def fail(_: Limited, __: Run) -> None:
        raise PermanentFailure("never")

    node.handlers.handle(Count, node.count)
    node.handlers.handle(Limited, fail)
    await node.enqueue(Count(subject="a"))
    await node.enqueue(Limited(subject="b"))
    async with node.working():
        await node.settled()
    await node.db.execute("UPDATE jobs.job SET expires_at = now() WHERE expires_at IS NOT NULL")
    await node.stored._remove_expired()

    assert await node.states() == [("failed", 1)]


def test_a_kind_has_one_handler(node: JobNode) -> None:
    node.handlers.handle(Count, node.count)

    with pytest.raises(ValueError, match="handled already"):
        node.handlers.handle(Count, node.count)


def test_a_field_cannot_be_called_kind() -> None:
    with pytest.raises(TypeError, match="rename the field"):
        type("Wrong", (Job,), {"__annotations__": {"kind": "str"}})


class TestRetry:
    @pytest.fixture
    async def dead(self, node: JobNode) -> list[UUID]:
        """Two failed jobs of one key."""

        async def fail(_: Count, __: Run) -> None:
            raise PermanentFailure("never")

        node.handlers.handle(Count, fail)
        found = []
        async with node.working():
            for _ in range(2):
                found.append((await node.enqueue(Count(subject="a"), key="k")).job.id)
                await node.settled()
        return found

    async def test_a_retry_resets_the_attempts(self, node: JobNode, dead: list[UUID]) -> None:
        await node.stored.retry(dead[0])

        assert [tuple(row) for row in await states_by_id(node)] == [
            (dead[0], "queued", 0),
            (dead[1], "failed", 1),
        ]

    async def test_a_job_whose_key_is_taken_cannot_be_retried(
        self, node: JobNode, dead: list[UUID]
    ) -> None:
        await node.stored.retry(dead[0])

        with pytest.raises(JobKeyTaken):
            await node.stored.retry(dead[1])

    async def test_retrying_all_requeues_one_job_of_each_key(
        self, node: JobNode, dead: list[UUID]
    ) -> None:
        assert await node.stored.retry_all() == 1
        assert sorted(await node.states()) == [("failed", 1), ("queued", 0)]

    async def test_retrying_all_skips_a_key_that_is_enqueued_meanwhile(
        self, start: StartNode, node: JobNode, dead: list[UUID]
    ) -> None:
        other, watcher = await start(), await start()
        entered, commit = asyncio.Event(), asyncio.Event()

        async def enqueue_slowly() -> None:
            async with other.db.transaction():
                await other.jobs.enqueue(Count(subject="b"), key="k")
                entered.set()
                await commit.wait()

        async def is_waited_for() -> bool:
            return await waits_for_lock(watcher)

        holding = asyncio.create_task(enqueue_slowly())
        await entered.wait()
        retrying = asyncio.create_task(node.stored.retry_all())
        await eventually(is_waited_for)
        commit.set()
        await holding

        assert await retrying == 0
        assert sorted(await node.states()) == [("failed", 1), ("failed", 1), ("queued", 0)]

    async def test_an_operator_can_cancel_a_dead_job(self, node: JobNode, dead: list[UUID]) -> None:
        await node.stored.cancel(dead[0])

        assert (await node.stored.backlog()).dead == 1
        assert [job.id for job in await node.stored.newest(limit=10)] == dead[1:]
        assert (await node.row(dead[0]))["expires_at"] is not None

    async def test_a_job_that_did_not_fail_cannot_be_retried(self, node: JobNode) -> None:
        enqueued = await node.enqueue(Count(subject="a"))

        with pytest.raises(JobNotFailed):
            await node.stored.retry(enqueued.job.id)
        with pytest.raises(JobNotFound):
            await node.stored.retry(new_id())


async def states_by_id(node: JobNode) -> list[Any]:
    rows: list[Any] = await node.db.fetch("SELECT id, state, attempts FROM jobs.job ORDER BY id")
    return rows
