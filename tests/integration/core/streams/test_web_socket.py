"""The changes over a WebSocket."""

import json
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection

from BE.core.exceptions import UnavailableError
from BE.core.live.exceptions import ReaderTooSlow
from tests.support.client import Person, sign_up
from tests.support.events import eventually
from tests.support.streams.feed import FakeFeed, change
from tests.support.streams.readers import (
    CHANGES,
    close_code,
    handshake_status,
    open_websocket,
    reading,
    receive,
)
from tests.support.streams.service import Serve


async def authenticate(socket: ClientConnection, person: Person, **more: Any) -> None:
    await socket.send(json.dumps({"token": person.token, **more}))
    ready = await receive(socket)
    assert ready.event == "ready"


async def test_a_web_socket_sends_the_same_messages_as_the_event_stream(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    async with open_websocket(client) as socket:
        await authenticate(socket, ada)
        feed.send(change(1))
        changed = await receive(socket)

    assert socket.subprotocol == "bounded.v1"
    assert (changed.event, changed.id) == ("task.changed", "cursor-1")
    assert changed.data == {"id": "1", "version": 1, "at": "2026-01-31T12:00:00Z"}
    assert [(str(user), since) for user, since in feed.opened] == [(ada.id, None)]


async def test_a_web_socket_resumes_after_a_cursor(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    async with open_websocket(client) as socket:
        await authenticate(socket, ada, since="forged")

        assert (await receive(socket)).event == "reset"
    assert [since for _, since in feed.opened] == ["forged"]


@pytest.mark.parametrize(
    "first",
    [
        "{}",
        "no JSON",
        "[]",
        "null",
        '{"token": null}',
        '{"token": "a.b.c"}',
        '{"token": "a", "more": 1}',
        '{"token": "a", "since": 1}',
        b"\xff\xfe",
        "",
    ],
)
async def test_a_first_message_without_a_valid_token_closes_it(
    client: httpx.AsyncClient, first: str | bytes, feed: FakeFeed
) -> None:
    async with open_websocket(client) as socket:
        await socket.send(first)

        assert await close_code(socket) == 4401
    assert feed.opened == []


@pytest.mark.parametrize("more", [{"more": 1}, {"since": 1}])
async def test_a_first_message_with_an_unknown_field_closes_it(
    client: httpx.AsyncClient, ada: Person, more: dict[str, int]
) -> None:
    async with open_websocket(client) as socket:
        await socket.send(json.dumps({"token": ada.token, **more}))

        assert await close_code(socket) == 4401


async def test_silence_closes_it(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.core.live.sockets._TOKEN_WITHIN", 0.05)
    async with open_websocket(client) as socket:
        assert await close_code(socket) == 4401


async def test_the_token_of_an_ended_session_closes_it(
    client: httpx.AsyncClient, ada: Person
) -> None:
    await client.post("/api/v1/auth/logout", headers=ada.headers)

    async with open_websocket(client) as socket:
        await socket.send(json.dumps({"token": ada.token}))

        assert await close_code(socket) == 4401


async def test_a_second_message_closes_it(client: httpx.AsyncClient, ada: Person) -> None:
    async with open_websocket(client) as socket:
        await authenticate(socket, ada)
        await socket.send("more")

        assert await close_code(socket) == 1008


async def test_a_large_message_closes_it(client: httpx.AsyncClient) -> None:
    async with open_websocket(client) as socket:
        await socket.send("x" * 5000)

        assert await close_code(socket) == 1009


@pytest.mark.parametrize("fault", [ReaderTooSlow(), UnavailableError()])
async def test_a_failed_stream_closes_it(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed, fault: Exception
) -> None:
    async with open_websocket(client) as socket:
        await authenticate(socket, ada)
        feed.send(fault)

        assert await close_code(socket) == 1013


async def test_an_unavailable_feed_closes_it(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    feed.fault = UnavailableError()
    async with open_websocket(client) as socket:
        await socket.send(json.dumps({"token": ada.token}))

        assert await close_code(socket) == 1013


async def test_a_client_that_disconnects_frees_its_place_immediately(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    async with open_websocket(client) as socket:
        await authenticate(socket, ada)
        socket.transport.abort()

        async def is_free() -> bool:
            return feed.readers == 0

        await eventually(is_free)


@pytest.mark.parametrize("subprotocol", [None, "bounded.v2"])
async def test_another_subprotocol_is_refused_at_the_handshake(
    client: httpx.AsyncClient, subprotocol: str | None
) -> None:
    assert await handshake_status(client, subprotocol=subprotocol) == 400


async def test_a_foreign_page_is_refused_at_the_handshake(serve: Serve) -> None:
    async with serve(cors_origins=("https://app.example",)) as service:
        origins = [
            "https://evil.example",
            "https://app.example",
            f"http://{service.client.base_url.host}:{service.client.base_url.port}",
        ]
        statuses = [await handshake_status(service.client, Origin=origin) for origin in origins]

    assert statuses == [403, 101, 101]


async def test_a_foreign_host_is_refused_at_the_handshake(serve: Serve) -> None:
    async with serve(trusted_hosts=("api.example",)) as service:
        assert await handshake_status(service.client) == 400


async def test_a_token_in_the_address_is_refused(client: httpx.AsyncClient, ada: Person) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "bounded.v1",
    }

    refused = await client.get(CHANGES, params={"token": ada.token}, headers=headers)

    assert refused.status_code == 422
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


async def test_a_web_socket_is_served_below_a_prefix(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.streams.readers.CHANGES", f"/backend{CHANGES}")
    async with serve(root_path="/backend") as service:
        ada = await sign_up(service.client)
        async with open_websocket(service.client) as socket:
            await authenticate(socket, ada)


async def test_both_transports_share_the_limits(serve: Serve, feed: FakeFeed) -> None:
    async with serve(max_streams=2) as service:
        ada = await sign_up(service.client)
        async with (
            open_websocket(service.client) as socket,
            reading(service.client, ada.headers) as events,
        ):
            await authenticate(socket, ada)
            await events.next()
            full = await service.client.get(CHANGES, headers=ada.headers)
            async with open_websocket(service.client) as other:
                await other.send(json.dumps({"token": ada.token}))
                code = await close_code(other)

    assert full.status_code == 503
    assert 1 <= int(full.headers["retry-after"]) <= 4
    assert code == 1013


async def test_a_user_has_at_most_ten_streams(client: httpx.AsyncClient, ada: Person) -> None:
    bob = await sign_up(client)
    async with AsyncExitStack() as stack:
        ten = [await stack.enter_async_context(reading(client, ada.headers)) for _ in range(10)]
        for events in ten:
            await events.next()
        refused = await client.get(CHANGES, headers=ada.headers)
        async with open_websocket(client) as socket:
            await socket.send(json.dumps({"token": ada.token}))
            code = await close_code(socket)
        async with reading(client, bob.headers) as events:
            await events.next()

    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) >= 1
    assert code == 4429
