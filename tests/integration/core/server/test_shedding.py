"""A full process refuses a request before it costs anything, with the usual error."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from BE.core.http.errors import ErrorResponse
from BE.core.middleware.admission import Admission
from BE.core.server.raw_errors import RawErrors
from BE.core.server.refusals import Refusals
from BE.core.server.shedding import Shedding
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.serving import port_of, serving

SPA = "https://app.example.com"
HOUR = 3600.0


class FullServer:
    """A server with room for two requests, which run until ``done`` is set."""

    def __init__(self, *, refused_at_once: int = 500, held: float = HOUR) -> None:
        """After ``refused_at_once`` refusals in a second, hold each further one for ``held``."""
        self._hold: Any = {"refused_at_once": refused_at_once, "held": (held, held)}
        self.done = asyncio.Event()
        self.port = 0
        self.refused = 0
        self._server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        return len(self._server.server_state.tasks)

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    @asynccontextmanager
    async def served(self) -> AsyncIterator["FullServer"]:
        refusals = Refusals(count=self._count)
        shedding = Shedding(
            Admission(at_once=1, **self._hold),
            refusals,
            RawErrors(https_only=True),
            cors_origins=(SPA,),
        )
        async with serving(self._answer, shedding=shedding) as self._server:
            self.port = port_of(self._server)
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


@asynccontextmanager
async def filled(full: FullServer) -> AsyncIterator[FullServer]:
    async with full.served() as server, httpx.AsyncClient(timeout=60) as client:
        held = [asyncio.create_task(client.get(f"{server.url}/held")) for _ in range(2)]

        async def is_full() -> bool:
            return server.requests == 2

        await eventually(is_full)
        yield server
        server.done.set()
        assert {answer.status_code for answer in await asyncio.gather(*held)} == {200}


@pytest.fixture
async def full() -> AsyncIterator[FullServer]:
    async with filled(FullServer()) as server:
        yield server


@pytest.fixture
async def client(full: FullServer) -> AsyncIterator[httpx.AsyncClient]:
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


async def test_our_spa_can_read_a_refusal(client: httpx.AsyncClient) -> None:
    ours = await client.get("/", headers={"Origin": SPA})
    other = await client.get("/", headers={"Origin": "https://evil.example.com"})

    assert ours.headers["access-control-allow-origin"] == SPA
    assert "Retry-After" in ours.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers


async def test_each_refusal_has_its_own_id(full: FullServer, client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/")).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == full.refused == 3


@pytest.mark.parametrize("path", ["/health", "/health/ready?x=1", "/metrics"])
async def test_probes_are_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


@needs("tasks")
@pytest.mark.parametrize(
    ("path", "is_served"),
    [
        (b"/backend/health/ready?x=1", True),
        (b"/health", True),
        (b"/backend/tasks", False),
        (b"/backendx/health", False),
    ],
)
async def test_probes_below_a_prefix_are_served(
    path: bytes,
    is_served: bool,  # noqa: FBT001 - a parameter
) -> None:
    shedding = Shedding(
        Admission(at_once=1),
        Refusals(count=lambda _: None),
        RawErrors(https_only=True),
        cors_origins=(),
        root_path="/backend",
    )

    assert (shedding.answer(b"GET", path, [], requests=100) is None) == is_served


async def test_a_request_with_a_body_is_left_to_the_application(client: httpx.AsyncClient) -> None:
    assert (await client.post("/", content=b"x" * 100_000)).status_code == 200


async def test_a_connection_is_served_again_when_there_is_room(
    full: FullServer, client: httpx.AsyncClient
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


async def test_a_client_that_asks_to_close_gets_its_refusal(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"Connection": "close"})

    assert answer.status_code == 503


GET = b"GET / HTTP/1.1\r\nHost: service.test\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: service.test\r\nContent-Length: 0\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\n\r\n"


class Client:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, full: FullServer) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", full.port))

    @classmethod
    @asynccontextmanager
    async def of(cls, full: FullServer) -> AsyncIterator["Client"]:
        client = await cls.connect(full)
        yield client
        client.writer.close()

    async def status(self) -> int:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        await self.reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
        return int(head.split()[1])


async def wait_until_refused(full: FullServer, count: int) -> None:
    async def is_reached() -> bool:
        return full.refused == count

    await eventually(is_reached)


async def test_frequent_refusals_are_delayed() -> None:
    async with filled(FullServer(refused_at_once=0, held=0.01)) as full, Client.of(full) as client:
        for _ in range(3):
            client.writer.write(GET)
            assert await client.status() == 503

        assert full.refused == 3


async def test_an_immediate_retry_is_not_refused_immediately() -> None:
    async with filled(FullServer(refused_at_once=1)) as full, Client.of(full) as retrying_client:
        retrying_client.writer.write(GET)
        assert await retrying_client.status() == 503
        retrying_client.writer.write(GET)
        await wait_until_refused(full, 2)

        retrying_client.writer.write(GET * 50)
        await retrying_client.writer.drain()
        async with Client.of(full) as other:
            for _ in range(3):
                other.writer.write(POST)
                assert await other.status() == 200

        assert full.refused == 2


async def test_a_held_refusal_is_sent_before_later_answers() -> None:
    async with filled(FullServer(refused_at_once=0)) as full, Client.of(full) as client:
        client.writer.write(GET + GET + POST)

        assert [await client.status() for _ in range(3)] == [503, 503, 200]


async def test_a_held_refusal_is_sent_before_the_refusal_of_an_invalid_request() -> None:
    async with filled(FullServer(refused_at_once=0)) as full, Client.of(full) as client:
        client.writer.write(GET + b"nonsense\r\n\r\n")

        assert [await client.status() for _ in range(2)] == [503, 400]


async def test_a_closing_connection_is_closed_after_its_held_refusal() -> None:
    async with filled(FullServer(refused_at_once=0, held=0.01)) as full, Client.of(full) as client:
        client.writer.write(LAST)

        assert await client.status() == 503
        assert await client.reader.read() == b""


async def test_a_stopping_server_sends_its_held_refusals() -> None:
    async with filled(FullServer(refused_at_once=0)) as full:
        client = await Client.connect(full)
        client.writer.write(GET)
        await wait_until_refused(full, 1)

    assert await client.status() == 503
    client.writer.close()


async def test_a_client_may_disconnect_while_its_refusal_is_held() -> None:
    async with filled(FullServer(refused_at_once=0, held=0.01)) as full:
        async with Client.of(full) as client:
            client.writer.write(GET)
            await wait_until_refused(full, 1)

        async def is_gone() -> bool:
            return full.connections == 2

        await eventually(is_gone)
