"""Any output of a handler is stored, or fails only its own job."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from BE.core.jobs import JobRefused, Run
from BE.core.jobs.claims import Extension
from BE.core.types import new_id
from tests.support.events import eventually
from tests.support.job_nodes import AT_ONCE, KEPT, Count, JobNode, Limited

UNSTORABLE = "line \x00 \ud800"
STORED = "line \ufffd ?"


async def test_an_unstorable_note_does_not_delay_other_jobs(node: JobNode) -> None:
    release = asyncio.Event()

    async def work(_: Count | Limited, run: Run) -> None:
        run.progress(0.1, UNSTORABLE if isinstance(_, Count) else "fine")
        await release.wait()

    node.handlers.handle(Count, work)
    node.handlers.handle(Limited, work)
    await node.enqueue(Count(subject="a"))
    await node.enqueue(Limited(subject="b"))

    async def are_written() -> bool:
        rows = await node.db.fetch("SELECT note FROM jobs.job ORDER BY id")
        return [note for (note,) in rows] == [STORED, "fine"]

    async with node.working():
        await eventually(are_written)
        release.set()
        await node.settled()


async def test_a_change_that_cannot_be_published_is_rolled_back(
    node: JobNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change in the owner's feed is written in the transaction of the job."""

    async def fail(_: object) -> None:
        raise OSError("no answer")

    node.handlers.handle(Count, node.count)
    await node.enqueue(Count(subject="a"), owner_id=new_id())
    with monkeypatch.context() as failing:
        failing.setattr(node.outbox, "show", fail)
        with pytest.raises(OSError, match="no answer"):
            await node.claim()
    unclaimed = await node.states()
    [claimed] = await node.claim()
    with monkeypatch.context() as failing:
        failing.setattr(node.outbox, "show", fail)
        for end in (
            node.claims.finish(claimed, None, kept=KEPT),
            node.claims.fail(claimed, "boom", AT_ONCE, kept=KEPT),
            node.claims.give_back([(claimed, KEPT)]),
            node.claims.extend([Extension(claimed, 0.5, None)], KEPT),
        ):
            with pytest.raises(OSError, match="no answer"):
                await end
    row = await node.row(claimed.id)

    assert unclaimed == [("queued", 0)]
    assert (row["state"], row["claim"], row["progress"]) == ("running", claimed.claim, None)


async def test_the_reason_of_a_refusal_is_stored(node: JobNode) -> None:
    async def refuse(_: Count, __: Run) -> None:
        raise JobRefused(UNSTORABLE)

    node.handlers.handle(Count, refuse)
    enqueued = await node.enqueue(Count(subject="a"))
    async with node.working():
        await node.settled()
    row = await node.row(enqueued.job.id)

    assert (row["state"], row["attempts"], row["error"]) == ("failed", 1, STORED)


@pytest.mark.parametrize("value", [{1, 2}, UNSTORABLE, "\x00", "\\\x00"])
@pytest.mark.parametrize("finishes", [True, False])
async def test_an_unstorable_result_fails_the_job(
    node: JobNode, value: object, *, finishes: bool
) -> None:
    async def work(_: Count, run: Run) -> Mapping[str, Any] | None:
        if finishes:
            await run.finish({"value": value})
            return None
        return {"value": value}

    node.handlers.handle(Count, work, retries=AT_ONCE)
    enqueued = await node.enqueue(Count(subject="a"))
    async with node.working():
        await node.settled()
    row = await node.row(enqueued.job.id)

    assert (row["state"], row["attempts"]) == ("failed", AT_ONCE.attempts)
    assert "Error: " in row["last_error"]


async def test_a_result_may_contain_an_escape_sequence(node: JobNode) -> None:
    async def work(_: Count, __: Run) -> Mapping[str, Any]:
        return {"value": "\\u0000"}

    node.handlers.handle(Count, work)
    enqueued = await node.enqueue(Count(subject="a"))
    async with node.working():
        await node.settled()

    assert (await node.row(enqueued.job.id))["result"] == '{"value": "\\\\u0000"}'
