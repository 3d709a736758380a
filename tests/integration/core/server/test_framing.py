"""The framing of a request: an unambiguous head, and trailers limited and dropped."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.server.protocol import MAX_HEAD_BYTES, MAX_PIPELINED
from BE.core.server.refusals import Refusals
from tests.support.client import Person
from tests.support.events import eventually
from tests.support.serving import port_of, serving, serving_running

CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n"
END = b"\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"


async def echo_headers(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the headers that it receives, after reading the body, except on /early."""
    pieces, more = [0], scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        pieces.append(len(message.get("body", b"")))
        more = message.get("more_body", False)
    names = [name.decode() for name, _ in scope["headers"]]
    content = {"names": names, "body_bytes": sum(pieces), "first_bytes": pieces[:2][-1]}
    answer = json.dumps(content).encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    refusals = Refusals(count=lambda _: None)
    async with serving(echo_headers, refusals=refusals) as server:
        yield port_of(server)


class Connection:
    """Reads from the start, because a reset discards unread data."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.received = bytearray()
        self._reading = asyncio.create_task(self._read())

    async def send(self, data: bytes) -> None:
        """Raises :class:`ConnectionError` once the server has closed."""
        if self._reading.done():
            raise ConnectionError
        self._writer.write(data)
        await self._writer.drain()

    async def send_until_closed(self, data: bytes) -> bool:
        """Repeat ``data`` up to two megabytes; return whether the server closed the connection."""
        for _ in range(1 + 2_000_000 // len(data)):
            try:
                await self.send(data)
            except ConnectionError:
                return True
            await asyncio.sleep(0)
        return False

    async def answer(self) -> tuple[int, Any]:
        async def is_complete() -> bool:
            return self._answer() is not None

        await eventually(is_complete)
        answer = self._answer()
        assert answer is not None
        status, body, end = answer
        del self.received[:end]
        return status, json.loads(body)

    async def is_closed(self) -> bool:
        await asyncio.wait_for(self._reading, timeout=60)
        return True

    def close(self) -> None:
        self._reading.cancel()
        self._writer.close()

    async def _read(self) -> None:
        with suppress(ConnectionError):
            while data := await self._reader.read(100_000):
                self.received += data

    def _answer(self) -> tuple[int, bytes, int] | None:
        """Return status, body and end of the first complete answer."""
        head, separator, rest = bytes(self.received).partition(b"\r\n\r\n")
        if not separator:
            return None
        [line] = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        length = int(line.partition(b":")[2])
        if len(rest) < length:
            return None
        return int(head.split()[1]), rest[:length], len(head) + len(separator) + length


@pytest.fixture
async def connection(port: int) -> AsyncIterator[Connection]:
    connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
    yield connection
    connection.close()


class TestTrailers:
    async def test_are_not_headers(self, connection: Connection) -> None:
        await connection.send(CHUNKED + b"3\r\nabc\r\n" + LAST_CHUNK)
        await connection.send(b"Authorization: Bearer x\r\nContent-Type: application/json\r\n")
        await connection.send(b"X-Forwarded-For: 203.0.113.7\r\n" + END)
        status, content = await connection.answer()

        assert status == 200
        assert content["names"] == ["host", "transfer-encoding"]
        assert content["body_bytes"] == 3

    async def test_do_not_reach_the_next_request(self, connection: Connection) -> None:
        await connection.send(CHUNKED + LAST_CHUNK + b"X-Trailer: 1\r\n" + END)
        await connection.answer()
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _, content = await connection.answer()

        assert content["names"] == ["host"]

    @pytest.mark.parametrize(
        "trailers",
        [b"X-Trailer: 1\r\n", b"X-Trailer: " + b"x" * 1000 + b"\r\n", b"x" * 100],
        ids=["many", "long", "one without an end"],
    )
    async def test_endless_trailers_are_refused(
        self, connection: Connection, trailers: bytes
    ) -> None:
        await connection.send(CHUNKED + b"3\r\nabc\r\n" + LAST_CHUNK)
        await connection.send_until_closed(trailers)
        status, error = await connection.answer()

        assert (status, error["code"]) == (431, "HEADERS_TOO_LARGE")
        assert await connection.is_closed()


class TestTrailersOfABody:
    """On the application itself, with its limits, its database and the token of a user."""

    @pytest.fixture
    async def port(self, app: FastAPI) -> AsyncIterator[int]:
        async with serving_running(app) as server:
            yield port_of(server)

    async def test_trailers_authenticate_no_user(
        self, connection: Connection, client: httpx.AsyncClient, ada: Person
    ) -> None:
        body = b'{"title":"by trailers"}'
        head = CHUNKED.replace(b"POST / ", b"POST /api/v1/specimens ")
        await connection.send(head + b"%x\r\n" % len(body) + body + b"\r\n" + LAST_CHUNK)
        await connection.send(f"Authorization: Bearer {ada.token}\r\n".encode())
        await connection.send(b"Content-Type: application/json\r\n" + END)
        status, error = await connection.answer()

        assert (status, error["code"]) == (401, "UNAUTHORIZED")
        page = await client.get("/api/v1/specimens", headers=ada.headers)
        assert page.json()["items"] == []


class TestChunks:
    @pytest.mark.parametrize(
        "framing",
        [b"3;" + b"x" * 64 * 1024, b"3" + b";a=b" * 20_000, b"0" * 70_000],
        ids=["a long extension", "many extensions", "a long size"],
    )
    async def test_chunks_with_large_sizes_are_refused(
        self, connection: Connection, framing: bytes
    ) -> None:
        await connection.send(CHUNKED)
        await connection.send_until_closed(framing)
        status, _ = await connection.answer()

        assert status in {400, 431}
        assert await connection.is_closed()

    async def test_chunks_of_mostly_extensions_are_refused(self, connection: Connection) -> None:
        await connection.send(CHUNKED)
        await connection.send_until_closed(b"1;" + b"x" * 100 + b"\r\na\r\n")
        status, _ = await connection.answer()

        assert status == 431

    async def test_chunks_of_one_byte_are_accepted(self, connection: Connection) -> None:
        count = 4 * MAX_HEAD_BYTES
        await connection.send(CHUNKED + b"1\r\na\r\n" * count + LAST_CHUNK + END)
        status, content = await connection.answer()

        assert (status, content["body_bytes"]) == (200, count)

    async def test_chunks_of_one_byte_are_not_read_after_the_answer(
        self, connection: Connection
    ) -> None:
        await connection.send(CHUNKED.replace(b"POST /", b"POST /early"))
        await connection.answer()

        assert await connection.send_until_closed(b"1\r\na\r\n" * 1000)


class TestHead:
    @pytest.mark.parametrize(
        "head",
        [
            b"GET / HTTP/1.1\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n",
            b"GET / HTTP/1.1\r\nHost: a b\r\n",
            b"GET / HTTP/1.1\r\nHost: a/b\r\n",
            b"GET / HTTP/1.1\r\nHost: a@b\r\n",
            b"GET / HTTP/1.1\r\nHost: a, b\r\n",
            b"GET / HTTP/1.1\r\nHost: a:port\r\n",
            b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n",
            b"GET / HTTP/2.0\r\nHost: a\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\nOrigin: https://b\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Type: a/b\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n",
            b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Folded: a\r\n b\r\n",
            b"GET http://b/ HTTP/1.1\r\nHost: a\r\n",
            b"GET http://b@a/ HTTP/1.1\r\nHost: a\r\n",
            b"GET http://a:80/ HTTP/1.1\r\nHost: a:81\r\n",
            b"GET http://a?b HTTP/1.1\r\nHost: a\r\n",
            b"GET http:///a HTTP/1.1\r\nHost: a\r\n",
            b"GET http://a:99999999/ HTTP/1.1\r\nHost: a:99999999\r\n",
            b"GET /a#b HTTP/1.1\r\nHost: a\r\n",
            b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n",
            b"CONNECT / HTTP/1.1\r\nHost: a\r\n",
            UPGRADE + b"Content-Length: 3\r\nContent-Length: 4\r\n",
            UPGRADE + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            UPGRADE + b"Transfer-Encoding: gzip\r\n",
            UPGRADE + b"Host: b\r\n",
        ],
    )
    async def test_an_ambiguous_head_gets_400(self, connection: Connection, head: bytes) -> None:
        await connection.send(head + b"\r\n")
        status, error = await connection.answer()

        assert (status, error["code"]) == (400, "BAD_REQUEST")
        assert await connection.is_closed()

    @pytest.mark.parametrize(
        "head",
        [
            b"GET / HTTP/1.0\r\n",
            b"GET / HTTP/1.1\r\nHost:\r\n",
            b"GET / HTTP/1.1\r\nHost: a.example:8000\r\n",
            b"GET http://a.example:8000/ HTTP/1.1\r\nHost: A.example:8000\r\n",
            b"GET http://a.example/ HTTP/1.0\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n",
            b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n",
            b"GET / HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n",
            b'GET / HTTP/1.1\r\nHost: a\r\nIf-Match: "1"\r\nIf-Match: "2"\r\n',
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ::1\r\nX-Forwarded-For: ::2\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n",
        ],
    )
    async def test_an_unambiguous_head_is_served(self, connection: Connection, head: bytes) -> None:
        body = LAST_CHUNK + END if b"Transfer" in head else b""
        await connection.send(head + b"\r\n" + body)

        assert (await connection.answer())[0] == 200

    async def test_a_bad_head_does_not_lose_the_answer_before_it(
        self, connection: Connection
    ) -> None:
        await connection.send(UPLOAD)
        await connection.send(b"GET / HTTP/1.1\r\n\r\n")

        assert (await connection.answer())[0] == 200

    async def test_a_bad_target_does_not_lose_the_answer_before_it(
        self, connection: Connection
    ) -> None:
        await connection.send(GET + b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n")

        assert (await connection.answer())[0] == 200
        assert await connection.is_closed()

    async def test_a_head_after_a_body_has_the_same_limit(self, connection: Connection) -> None:
        large = b"X-Large: " + b"x" * MAX_HEAD_BYTES + b"\r\n"
        await connection.send(UPLOAD + GET.removesuffix(END) + large + END)

        assert (await connection.answer())[0] == 200
        assert await connection.is_closed()


class TestPipeline:
    """Requests that are sent before the previous one is answered."""

    async def test_pipelined_requests_are_answered_in_order(self, connection: Connection) -> None:
        for size in range(20):
            body = b"x" * size
            await connection.send(CHUNKED + (b"%x\r\n%b\r\n" % (size, body) if size else b""))
            await connection.send(LAST_CHUNK + END)

        for size in range(20):
            assert (await connection.answer())[1]["body_bytes"] == size

    async def test_an_endless_pipeline_is_not_buffered(self, connection: Connection) -> None:
        await connection.send_until_closed(GET * 1000)
        await connection.is_closed()

        assert 1 <= connection.received.count(b"HTTP/1.1 200") <= 2 * MAX_PIPELINED

    async def test_a_body_is_not_buffered_ahead_of_its_turn(self, connection: Connection) -> None:
        size = 20_000_000
        large = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
        await connection.send(UPLOAD * (MAX_PIPELINED // 2) + large)
        for _ in range(20):
            await connection.send(b"x" * (size // 20))
        for _ in range(MAX_PIPELINED // 2):
            await connection.answer()
        _, content = await connection.answer()

        assert content["body_bytes"] == size
        assert content["first_bytes"] < 1_000_000
