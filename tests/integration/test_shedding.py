"""A process that is full refuses before a request costs anything, in the shape of every error."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from BE.core.http.responses import ErrorResponse
from BE.core.middleware.admission import Admission
from BE.core.server.refusals import Refusals
from BE.core.server.shedding import Shedding
from tests.support.events import eventually
from tests.support.serving import port_of, serving

SPA = "https://app.example.com"


class Full:
    """A server that has room for two requests, which end when they are told to."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.url = ""
        self.refused = 0
        self._server: Any = None

    @property
    def requests(self) -> int:
        return len(self._server.server_state.tasks)

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Full"]:
        refusals = Refusals(count=self._count)
        shedding = Shedding(Admission(at_once=1), refusals, cors_origins=(SPA,), https_only=True)
        async with serving(self._answer, shedding=shedding) as self._server:
            self.url = f"http://127.0.0.1:{port_of(self._server)}"
            yield self
            self.done.set()

    def _count(self, status: int) -> None:
        assert status == 503
        self.refused += 1

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/held":
            await self.done.wait()
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def full() -> AsyncIterator[Full]:
    async with Full().served() as server, httpx.AsyncClient(timeout=60) as client:
        held = [asyncio.create_task(client.get(f"{server.url}/held")) for _ in range(2)]

        async def is_full() -> bool:
            return server.requests == 2

        await eventually(is_full)
        yield server
        server.done.set()
        assert {answer.status_code for answer in await asyncio.gather(*held)} == {200}


@pytest.fixture
async def client(full: Full) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=full.url, timeout=60) as client:
        yield client


async def test_a_refusal_looks_like_any_error(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"X-Request-ID": "abc"})

    error = ErrorResponse.model_validate(json.loads(answer.content))
    assert answer.status_code == error.status == 503
    assert error.code == "UNAVAILABLE"
    assert error.request_id == answer.headers["x-request-id"] == "abc"
    assert 1 <= int(answer.headers["retry-after"]) <= 4
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "access-control-allow-origin" not in answer.headers


async def test_our_spa_can_read_it(client: httpx.AsyncClient) -> None:
    ours = await client.get("/", headers={"Origin": SPA})
    other = await client.get("/", headers={"Origin": "https://evil.example.com"})

    assert ours.headers["access-control-allow-origin"] == SPA
    assert "Retry-After" in ours.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers


async def test_each_refusal_has_an_id_of_its_own(full: Full, client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/")).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == full.refused == 3


@pytest.mark.parametrize("path", ["/health", "/health/ready?x=1", "/metrics"])
async def test_probes_are_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_what_has_a_body_is_left_to_the_application(client: httpx.AsyncClient) -> None:
    assert (await client.post("/", content=b"x" * 100_000)).status_code == 200


async def test_the_connection_serves_on_when_there_is_room(
    full: Full, client: httpx.AsyncClient
) -> None:
    refused = [await client.get("/") for _ in range(3)]
    full.done.set()

    async def is_free() -> bool:
        return full.requests == 0

    await eventually(is_free)
    served = await client.get("/")

    assert {answer.status_code for answer in refused} == {503}
    assert served.status_code == 200
    ports = {
        answer.extensions["network_stream"].get_extra_info("client_addr")
        for answer in (*refused, served)
    }
    assert len(ports) == 1


async def test_a_head_is_refused_without_a_body(client: httpx.AsyncClient) -> None:
    assert (await client.head("/")).status_code == 503
    assert (await client.get("/")).status_code == 503


async def test_a_client_that_closes_is_let_go(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"Connection": "close"})

    assert answer.status_code == 503
