"""Faults under open streams: nothing is lost, repeated, or sent to a reader who may not see it.

``FROZEN_SECONDS=40`` freezes a process for longer than its heartbeats, and than its entry in the
list of processes to notify.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from migrations.runner import Schema
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.postgres import Postgres
from tests.support.processes.workers import API, Visitor, Worker, running_workers
from tests.support.streams.readers import reading
from tests.support.streams.resuming import ResumingReader, resuming_reader

pytestmark = needs("tasks")

FROZEN_SECONDS = float(os.environ.get("FROZEN_SECONDS", "2"))


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    postgres = Postgres(tmp_path / "database")
    postgres.start()
    yield postgres
    postgres.stop()


async def add_task(worker: Worker, visitor: Visitor) -> str:
    """Add a task as soon as the service can."""
    added: list[str] = []

    async def is_added() -> bool:
        answer = await worker.client.post(
            f"{API}/tasks", json={"title": "a"}, headers=visitor.headers
        )
        assert answer.status_code in {201, 503}, answer.text
        added.extend([answer.json()["id"]] if answer.is_success else [])
        return answer.is_success

    await eventually(is_added)
    return added[0]


async def assert_receives(reader: ResumingReader, tasks: list[str]) -> None:
    await reader.until(lambda reader: len(reader.seen) >= len(tasks))
    assert [(event.event, event.data["id"]) for event in reader.seen] == [
        ("task.created", task) for task in tasks
    ]


async def test_a_reader_catches_up_after_database_restarts(
    postgres: Postgres, tmp_path: Path
) -> None:
    await Schema(postgres.dsn).migrate()
    async with running_workers(tmp_path, postgres.dsn) as (here, there):
        ada = await here.register()
        async with resuming_reader(ada.headers, there.client) as reader:
            tasks = [await add_task(here, ada)]
            for _ in range(2):
                await asyncio.to_thread(postgres.stop)
                await asyncio.to_thread(postgres.start)
                tasks.append(await add_task(here, ada))
            await assert_receives(reader, tasks)


async def test_a_frozen_process_catches_up_and_sends_nothing_to_an_ended_session(
    workers: list[Worker],
) -> None:
    here, there = workers
    ada, bob = await here.register(), await here.register()
    async with (
        resuming_reader(ada.headers, there.client) as reader,
        reading(there.client, bob.headers) as events,
    ):
        await events.next()
        frozen = there.server.serving
        frozen.send_signal(signal.SIGSTOP)
        try:
            tasks = [await add_task(here, ada) for _ in range(3)]
            await here.log_out(bob)
            await asyncio.sleep(FROZEN_SECONDS)
        finally:
            frozen.send_signal(signal.SIGCONT)
        tasks += [await add_task(here, ada) for _ in range(3)]

        await assert_receives(reader, tasks)
        assert [*(await events.rest())[-1]] == ["retry"]
        assert reader.streams == 1


async def test_readers_of_a_killed_process_miss_nothing(
    workers: list[Worker], doomed: Worker
) -> None:
    here, _ = workers
    ada = await here.register()
    async with resuming_reader(ada.headers, doomed.client) as reader:
        tasks = [await add_task(doomed, ada) for _ in range(3)]
        await asyncio.to_thread(doomed.server.kill)
        tasks += [await add_task(here, ada) for _ in range(3)]
        doomed.server.start_again()

        await assert_receives(reader, tasks)


async def test_streams_lose_nothing_while_servers_are_replaced(
    database: str, tmp_path: Path
) -> None:
    async with (
        running_workers(tmp_path, database, SHUTDOWN_NOTICE_SECONDS=1) as workers,
        AsyncExitStack() as stack,
    ):
        visitors = [await workers[0].register() for _ in range(4)]
        clients = [worker.client for worker in workers]
        readers = [
            (visitor, await stack.enter_async_context(resuming_reader(visitor.headers, *clients)))
            for visitor in visitors
            for _ in range(5)
        ]
        tasks: dict[Visitor, list[str]] = {visitor: [] for visitor in visitors}
        for leaving, staying in (workers, workers[::-1]):
            process = leaving.server.process
            os.kill(process.pid, signal.SIGTERM)
            while process.poll() is None:
                for visitor in visitors:
                    tasks[visitor].append(await add_task(staying, visitor))
            leaving.server.start_again()
            await asyncio.to_thread(leaving.server.wait_until)
        for visitor in visitors:
            tasks[visitor].append(await add_task(workers[0], visitor))

        for visitor, reader in readers:
            await assert_receives(reader, tasks[visitor])
        waits = [retry for _, reader in readers for retry in reader.retries]

    assert len(waits) >= len(readers)
    assert all(500 <= wait <= 5000 for wait in waits)
    assert len(set(waits)) > len(waits) / 2  # readers do not all reconnect at once
