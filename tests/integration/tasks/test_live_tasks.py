"""Task events on users' streams: over a real socket, from the real feed."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.application import AppFactory
from tests.support.auth.keys import make_key, revoke
from tests.support.client import Person, sign_up
from tests.support.streams.clients import streaming
from tests.support.streams.readers import open_websocket, reading, receive

type Act = Callable[[httpx.AsyncClient, Person, str], Awaitable[httpx.Response]]

TASKS = "/api/v1/tasks"


@pytest.fixture
async def client(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with streaming(build_app) as client:
        yield client


async def add(client: httpx.AsyncClient, person: Person, title: str = "a") -> str:
    answer = await client.post(TASKS, json={"title": title}, headers=person.headers)
    return str(answer.raise_for_status().json()["id"])


async def create(client: httpx.AsyncClient, person: Person, _: str) -> httpx.Response:
    return await client.post(TASKS, json={"title": "b"}, headers=person.headers)


async def change(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    body = {"status": "done"}
    return await client.patch(f"{TASKS}/{task}", json=body, headers=person.headers)


async def move(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    return await client.post(f"{TASKS}/{task}/move", json={"after": None}, headers=person.headers)


async def delete(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    return await client.delete(f"{TASKS}/{task}", headers=person.headers)


async def restore(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    (await delete(client, person, task)).raise_for_status()
    return await client.post(f"{TASKS}/{task}/restore", headers=person.headers)


async def empty_trash(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    (await delete(client, person, task)).raise_for_status()
    return await client.delete(f"{TASKS}/trash", headers=person.headers)


async def change_many(client: httpx.AsyncClient, person: Person, task: str) -> httpx.Response:
    operations = [{"op": "update", "id": task, "changes": {"title": "c"}}]
    body = {"operations": operations}
    return await client.post(f"{TASKS}/bulk", json=body, headers=person.headers)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (create, [("task.created", 1)]),
        (change, [("task.changed", 2)]),
        (move, [("task.changed", 2)]),
        (delete, [("task.deleted", None)]),
        (restore, [("task.deleted", None), ("task.restored", 3)]),
        (empty_trash, [("task.deleted", None), ("trash.emptied", None)]),
        (change_many, [("task.changed", 2)]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_only_the_owner_receives_each_change(
    client: httpx.AsyncClient, act: Act, expected: list[tuple[str, int | None]]
) -> None:
    ada, bob = await sign_up(client), await sign_up(client)
    await add(client, ada, "the first one by hand")
    task = await add(client, ada)
    async with (
        reading(client, ada.headers) as ada_stream,
        reading(client, bob.headers) as bob_stream,
    ):
        await ada_stream.next()
        await bob_stream.next()
        (await act(client, ada, task)).raise_for_status()
        seen = [await ada_stream.next() for _ in expected]
        own = await add(client, bob)
        first_of_bob = await bob_stream.next()

    assert [(event.event, event.data["version"]) for event in seen] == expected
    if act is not create:
        of_tasks = [event for event in seen if event.event.startswith("task.")]
        assert {event.data["id"] for event in of_tasks} == {task}
    assert (first_of_bob.event, first_of_bob.data["id"]) == ("task.created", own)


async def test_an_api_key_receives_only_what_its_scopes_allow(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)
    reader = await make_key(client, ada, "tasks:read")
    writer = await make_key(client, ada, "tasks:write")
    async with (
        reading(client, reader.headers) as reader_stream,
        reading(client, writer.headers) as writer_stream,
        open_websocket(client) as socket,
    ):
        await socket.send(json.dumps({"token": writer.text}))
        assert [(await reader_stream.next()).event, (await writer_stream.next()).event] == [
            "ready",
            "ready",
        ]
        assert (await receive(socket)).event == "ready"
        task = await add(client, ada)
        created = await reader_stream.next()
        await revoke(client, ada, writer)
        rest = await writer_stream.rest()
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert (created.event, created.data["id"]) == ("task.created", task)
    assert [block for block in rest if "event" in block] == []


async def test_an_api_key_replays_only_what_its_scopes_allow(
    client: httpx.AsyncClient,
) -> None:
    ada = await sign_up(client)
    writer = await make_key(client, ada, "tasks:write")
    async with reading(client, ada.headers) as ada_stream:
        since = (await ada_stream.next()).id
    await add(client, ada)

    async with reading(client, writer.headers, since) as writer_stream:
        await writer_stream.next()
        await revoke(client, ada, writer)
        rest = await writer_stream.rest()

    assert [block for block in rest if "event" in block] == []


@pytest.mark.parametrize("cursor", ["forged", "another's"])
async def test_a_foreign_cursor_resets_the_stream_which_goes_on(
    client: httpx.AsyncClient, cursor: str
) -> None:
    ada, bob = await sign_up(client), await sign_up(client)
    if cursor == "another's":
        async with reading(client, bob.headers) as bob_stream:
            cursor = (await bob_stream.next()).id
    async with reading(client, ada.headers, cursor) as ada_stream:
        first = [(await ada_stream.next()).event for _ in range(2)]
        task = await add(client, ada)
        created = await ada_stream.next()

    assert first == ["ready", "reset"]
    assert (created.event, created.data["id"]) == ("task.created", task)
