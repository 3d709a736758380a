"""The server's limits, below the application: heads too large, too slow or not HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from BE.core.server.protocol import MAX_HEAD_BYTES, StrictProtocol
from BE.core.server.refusals import Refusals
from tests.support.events import eventually
from tests.support.serving import port_of, serving

HEAD = b"GET / HTTP/1.1\r\nHost: service.test\r\n"
LARGE_ANSWER = b"x" * 8_000_000


class ImpatientProtocol(StrictProtocol):
    patience = 0.1
    sweep_interval = 0.05


async def application(scope: Any, receive: Any, send: Any) -> None:
    body = LARGE_ANSWER if scope["path"] == "/large" else scope["path"].encode()
    status = 413 if scope["path"] == "/early" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True)
class Report:
    status: int
    method: str | None
    request_id: str


class RecordingRefusals(Refusals):
    def __init__(self) -> None:
        super().__init__(count=lambda _: None)
        self.reported: list[Report] = []

    def report(self, status: int, *, method: str | None, request_id: str) -> None:
        self.reported.append(Report(status, method, request_id))


@pytest.fixture
def refusals() -> RecordingRefusals:
    return RecordingRefusals()


@pytest.fixture
async def server(refusals: RecordingRefusals) -> AsyncIterator[uvicorn.Server]:
    async with serving(application, ImpatientProtocol, refusals=refusals) as server:
        yield server


@pytest.fixture
def port(server: uvicorn.Server) -> int:
    return port_of(server)


async def exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts one by one, and read until the server closes the connection."""
    async with connection(port) as (reader, writer):
        # read from the start, because a reset discards unread data
        reading = asyncio.create_task(read_to_end(reader))
        for part in parts:
            if not reading.done():
                writer.write(part)
                await asyncio.sleep(0.01)  # so that each is one packet
        return await reading


@asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Read until the end or a reset."""
    received = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(120):
            while data := await reader.read(1_000_000):
                received += data
    return received


def refusal(answer: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"x-content-type-options: nosniff" in head.lower()
    error = json.loads(body)
    assert error["request_id"].encode() in head
    return int(head.split()[1]), error


async def test_an_endless_head_gets_408(port: int, refusals: RecordingRefusals) -> None:
    status, error = refusal(await exchange(port, HEAD))

    assert status == error["status"] == 408
    assert error["code"] == "REQUEST_TIMEOUT"
    assert refusals.reported == [Report(408, "GET", error["request_id"])]


async def test_a_head_sent_piece_by_piece_gets_408(port: int) -> None:
    pieces = [b"X-%d: 1\r\n" % number for number in range(100)]

    assert refusal(await exchange(port, HEAD, *pieces[:12]))[0] == 408


async def test_the_second_head_of_a_connection_has_a_timeout_too(
    port: int, refusals: RecordingRefusals
) -> None:
    first, _, second = (await exchange(port, HEAD + b"\r\n", b"PO")).partition(b"0\r\n\r\n")
    status, error = refusal(second)

    assert first.startswith(b"HTTP/1.1 200")
    assert status == 408
    assert refusals.reported == [Report(408, None, error["request_id"])]


async def test_a_silent_connection_is_closed(port: int, refusals: RecordingRefusals) -> None:
    assert await exchange(port) == b""
    assert refusals.reported == []


async def test_line_ends_alone_are_not_a_request(port: int, refusals: RecordingRefusals) -> None:
    await exchange(port, HEAD + b"\r\n", b"\r\n\r\n\r\n")

    assert [refusal.method for refusal in refusals.reported] == [None]


async def test_a_body_that_continues_after_the_answer_is_cut_off(port: int) -> None:
    head = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"

    assert b"413" in (await exchange(port, head, b"a", b"a"))[:20]


async def test_a_client_that_does_not_read_its_answer_is_cut_off(
    server: uvicorn.Server, port: int
) -> None:
    connections = server.server_state.connections

    async def is_connected() -> bool:
        return len(connections) == 1

    async def is_cut_off() -> bool:
        return not connections

    async with connection(port) as (reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await eventually(is_connected)
        await eventually(is_cut_off)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        received = await read_to_end(reader)

    assert len(received) < len(LARGE_ANSWER)


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b"X-Long: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",),
        (HEAD + b"X-Long: ", b"a" * MAX_HEAD_BYTES),
        (b"GET /" + b"a" * MAX_HEAD_BYTES, b"a"),
        (HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(101)) + b"\r\n",),
    ],
    ids=["at once", "in parts", "a path", "many headers"],
)
async def test_too_large_a_head_gets_431(
    parts: tuple[bytes, ...], refusals: RecordingRefusals
) -> None:
    async with serving(application, refusals=refusals) as server:
        status, error = refusal(await exchange(port_of(server), *parts))

    assert status == error["status"] == 431
    assert error["code"] == "HEADERS_TOO_LARGE"
    assert refusals.reported == [Report(431, "GET", error["request_id"])]


async def test_a_large_body_is_not_a_large_head(refusals: RecordingRefusals) -> None:
    body = b"a" * (2 * MAX_HEAD_BYTES)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

    async with serving(application, refusals=refusals) as server:
        answer = await exchange(port_of(server), head % len(body) + body)

    assert answer.startswith(b"HTTP/1.1 200")
    assert refusals.reported == []


async def test_bytes_that_are_not_http_get_400(port: int, refusals: RecordingRefusals) -> None:
    status, error = refusal(await exchange(port, b"\x16\x03\x01\x00\xa5 hello\r\n\r\n"))

    assert status == 400
    assert error["code"] == "BAD_REQUEST"
    assert refusals.reported == [Report(400, None, error["request_id"])]
