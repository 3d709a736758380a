"""Streams of several processes on one database: events of one reach the other."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.contexts import needs
from tests.support.processes.workers import API, Visitor, Worker, running_workers
from tests.support.streams.readers import (
    EventReader,
    StreamEvent,
    close_code,
    open_websocket,
    reading,
    receive,
)

pytestmark = needs("tasks")


async def add_task(worker: Worker, visitor: Visitor, title: str = "a") -> Any:
    answer = await worker.client.post(
        f"{API}/tasks", json={"title": title}, headers=visitor.headers
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def next_of(events: EventReader, name: str) -> StreamEvent:
    while (received := await events.next()).event != name:
        pass
    return received


async def test_a_change_in_one_process_reaches_the_other(workers: list[Worker]) -> None:
    here, there = workers
    ada, bob = await here.register(), await here.register()
    async with (
        reading(there.client, ada.headers) as events,
        reading(there.client, bob.headers) as others,
        open_websocket(there.client) as socket,
    ):
        await events.next()
        await others.next()
        await socket.send(json.dumps({"token": ada.access_token}))
        await receive(socket)

        task = await add_task(here, ada)
        other_task = await add_task(here, bob)
        received, by_socket, other = await events.next(), await receive(socket), await others.next()

    assert received.event == by_socket.event == "task.created"
    assert received.data == by_socket.data
    assert (received.data["id"], received.data["version"]) == (task["id"], task["version"])
    assert other.data["id"] == other_task["id"]


async def test_a_reader_resumes_at_another_process(workers: list[Worker]) -> None:
    here, there = workers
    ada = await here.register()
    async with reading(here.client, ada.headers) as events:
        last = (await events.next()).id
    added = [(await add_task(here, ada, str(number)))["id"] for number in range(3)]

    async with reading(there.client, ada.headers, last) as events:
        received = [await next_of(events, "task.created") for _ in added]

    assert [event.data["id"] for event in received] == added


async def test_a_session_that_ends_in_one_process_ends_its_streams_in_the_other(
    workers: list[Worker],
) -> None:
    here, there = workers
    ada = await here.register()
    bob = await there.register()
    async with (
        reading(there.client, ada.headers) as events,
        reading(there.client, bob.headers) as others,
        open_websocket(there.client) as socket,
    ):
        await events.next()
        await others.next()
        await socket.send(json.dumps({"token": ada.access_token}))
        await receive(socket)

        await here.log_out(ada)

        assert [[*block] for block in await events.rest()] == [["retry"]]
        assert await close_code(socket) == 4401
        await add_task(here, bob)
        assert (await others.next()).event == "task.created"


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_a_stopping_process_ends_its_streams_before_it_exits(
    database: str, tmp_path: Path, concurrency: int
) -> None:
    settings = {"SHUTDOWN_NOTICE_SECONDS": 5, "WEB_CONCURRENCY": concurrency}
    async with running_workers(tmp_path, database, count=1, **settings) as (worker,):
        ada = await worker.register()
        async with (
            reading(worker.client, ada.headers) as events,
            open_websocket(worker.client) as socket,
        ):
            await events.next()
            await socket.send(json.dumps({"token": ada.access_token}))
            await receive(socket)

            os.kill(worker.server.process.pid, signal.SIGTERM)

            [last] = await events.rest()
            code = await close_code(socket)
            is_running = worker.server.process.poll() is None
        ended = await asyncio.to_thread(worker.server.process.wait)

    assert 500 <= int(last["retry"]) <= 5000
    assert code == 1012
    assert is_running
    assert ended == 0
