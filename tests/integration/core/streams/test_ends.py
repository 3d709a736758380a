"""A stream ends with its session, its token or its process, or when these cannot be checked."""

import json

import httpx
import pytest

from BE.core.exceptions import UnavailableError
from tests.support.client import Person, sign_up
from tests.support.streams.feed import FakeFeed, change
from tests.support.streams.readers import CHANGES, close_code, open_websocket, reading, receive
from tests.support.streams.service import Serve, Service


async def test_a_stream_ends_with_its_session_and_others_stay_open(
    client: httpx.AsyncClient, ada: Person, feed: FakeFeed
) -> None:
    bob = await sign_up(client)
    async with (
        reading(client, ada.headers) as events,
        reading(client, bob.headers) as others,
        open_websocket(client) as socket,
    ):
        await events.next()
        await others.next()
        await socket.send(json.dumps({"token": ada.token}))
        await receive(socket)
        await client.post("/api/v1/auth/logout", headers=ada.headers)

        assert [[*block] for block in await events.rest()] == [["retry"]]
        assert await close_code(socket) == 4401
        feed.send(change(1))
        assert (await others.next()).event == "task.changed"


async def test_a_stream_ends_when_its_token_expires(serve: Serve) -> None:
    async with serve(jwt_expire_minutes=1 / 60) as service:
        ada = await sign_up(service.client)
        async with open_websocket(service.client) as socket:
            await socket.send(json.dumps({"token": ada.token}))
            async with reading(service.client, ada.headers) as events:
                await events.next()

                assert [[*block] for block in await events.rest()] == [["retry"]]
            assert await close_code(socket) == 4401


async def test_a_stopping_process_ends_all_streams_and_opens_no_more(
    service: Service, ada: Person
) -> None:
    async with (
        open_websocket(service.client) as socket,
        reading(service.client, ada.headers) as events,
    ):
        await events.next()
        await socket.send(json.dumps({"token": ada.token}))
        await receive(socket)

        service.streams.leave()

        [last] = await events.rest()
        assert 500 <= int(last["retry"]) <= 5000
        assert await close_code(socket) == 1012
        assert (await service.client.get(CHANGES, headers=ada.headers)).status_code == 503


async def test_a_stream_ends_when_its_session_cannot_be_checked(
    service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(_: object) -> None:
        raise UnavailableError

    monkeypatch.setattr("BE.core.live.streams._UNKNOWN_FOR", 0.3)
    async with (
        open_websocket(service.client) as socket,
        reading(service.client, ada.headers) as events,
    ):
        await events.next()
        await socket.send(json.dumps({"token": ada.token}))
        await receive(socket)

        monkeypatch.setattr(service.app.state.container.revocations(), "check", check)

        assert [[*block] for block in await events.rest()] == [["retry"]]
        assert await close_code(socket) == 1013
