"""The memory for incoming bodies is limited, for a process and for an address."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.client import BASE_URL, DeclaredTransport, Person, client_of, sign_up

PATH = "/api/v1/specimens"
BODY = json.dumps({"title": "held", "description": "x" * 8000}).encode()
MAX_BODY = 10_000
ROOM = 2 * MAX_BODY
"""Enough for two of these bodies, not for three."""


class Upload:
    """A request whose body has arrived except for its last byte."""

    def __init__(self, client: httpx.AsyncClient, person: Person) -> None:
        self._arrived = asyncio.Event()
        self._may_end = asyncio.Event()
        headers = person.headers | {"Content-Type": "application/json"}
        self._request = asyncio.create_task(
            client.post(PATH, content=self._content(), headers=headers)
        )

    async def wait_until_arrived(self) -> None:
        waiting = asyncio.create_task(self._arrived.wait())
        await asyncio.wait([waiting, self._request], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def finish(self) -> httpx.Response:
        self._may_end.set()
        return await self._request

    async def abort(self) -> None:
        self._request.cancel()
        await asyncio.gather(self._request, return_exceptions=True)

    async def _content(self) -> AsyncIterator[bytes]:
        yield BODY[:-1]
        self._arrived.set()
        await self._may_end.wait()
        yield BODY[-1:]


@asynccontextmanager
async def client_at(app: FastAPI, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = DeclaredTransport(app, client=(address, 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@asynccontextmanager
async def uploads(
    client: httpx.AsyncClient, person: Person, count: int
) -> AsyncIterator[list[Upload]]:
    running = [Upload(client, person) for _ in range(count)]
    for upload in running:
        await upload.wait_until_arrived()
    yield running
    await asyncio.gather(*(upload.finish() for upload in running))


async def post(client: httpx.AsyncClient, person: Person) -> httpx.Response:
    headers = person.headers | {"Content-Type": "application/json"}
    return await client.post(PATH, content=BODY, headers=headers)


@pytest.fixture
async def app(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    async with build_app(
        max_body_bytes=MAX_BODY,
        max_bytes_in_reception=2 * ROOM,
        max_bytes_in_reception_per_address=ROOM,
    ) as app:
        yield app


@pytest.fixture
async def ada(app: FastAPI) -> Person:
    async with client_of(app) as client:
        return await sign_up(client)


async def test_an_address_over_its_limit_gets_429_and_others_are_served(
    app: FastAPI, ada: Person
) -> None:
    async with (
        client_at(app, "203.0.113.7") as one,
        client_at(app, "203.0.113.8") as other,
        uploads(one, ada, 2),
    ):
        refused = await post(one, ada)
        served = await post(other, ada)
        read = await one.get(PATH, headers=ada.headers)

    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["retry-after"]) >= 1
    assert served.status_code == 201
    assert read.status_code == 200


async def test_a_full_process_answers_503(app: FastAPI, ada: Person) -> None:
    async with (
        client_at(app, "203.0.113.7") as one,
        client_at(app, "203.0.113.8") as other,
        client_at(app, "203.0.113.9") as third,
        uploads(one, ada, 2),
        uploads(other, ada, 2),
    ):
        refused = await post(third, ada)
        read = await third.get(PATH, headers=ada.headers)

    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) >= 1
    assert read.status_code == 200


async def test_an_ipv6_network_counts_as_one_address(app: FastAPI, ada: Person) -> None:
    async with (
        client_at(app, "2001:db8::1") as one,
        client_at(app, "2001:db8::2") as other,
        uploads(one, ada, 2),
    ):
        refused = await post(other, ada)

    assert refused.status_code == 429


async def test_an_ended_request_releases_its_memory(app: FastAPI, ada: Person) -> None:
    async with client_at(app, "203.0.113.7") as client:
        async with uploads(client, ada, 2):
            await post(client, ada)

        assert (await post(client, ada)).status_code == 201


async def test_an_aborted_request_releases_its_memory(app: FastAPI, ada: Person) -> None:
    async with client_at(app, "203.0.113.7") as client:
        for _ in range(3):
            upload = Upload(client, ada)
            await upload.wait_until_arrived()
            await upload.abort()

        assert (await post(client, ada)).status_code == 201


async def test_one_body_of_the_largest_size_is_always_accepted(build_app: AppFactory) -> None:
    async with (
        build_app(max_bytes_in_reception=1, max_bytes_in_reception_per_address=1) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)

        assert (await post(client, ada)).status_code == 201
