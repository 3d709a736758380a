"""A request to upgrade is answered as HTTP/1.1, and the connection stays open."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.serving import port_of, serving

H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
UPGRADES = [
    H2C,
    "Connection: HTTP2-Settings,Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2, h2c\r\n",
    "Connection: Upgrade\r\nConnection: keep-alive\r\nUpgrade: foo\r\n",
]
BODY = b'{"email": "ada@example.com"}'
PLAIN = b"GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    names = [name.decode() for name, _ in scope["headers"]]
    content = {"path": scope["path"], "body": body.decode(), "names": names}
    answer = json.dumps(content).encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *segments: bytes) -> None:
        """Send each segment as one packet."""
        for segment in segments:
            self._writer.write(segment)
            await self._writer.drain()
            await asyncio.sleep(0.02)

    async def head(self) -> bytes:
        async with asyncio.timeout(60):
            return await self._reader.readuntil(b"\r\n\r\n")

    async def answer(self) -> Any:
        async with asyncio.timeout(60):
            head = await self.head()
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            return json.loads(await self._reader.readexactly(length))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with serving(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
        yield Client(reader, writer)
        writer.close()


def head_of(upgrade: str, framing: str) -> bytes:
    return f"POST /login HTTP/1.1\r\nHost: a\r\n{upgrade}{framing}\r\n".encode()


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_a_body_in_the_same_segment_is_read(client: Client, upgrade: str) -> None:
    await client.send(head_of(upgrade, f"Content-Length: {len(BODY)}\r\n") + BODY)

    assert (await client.answer())["body"] == BODY.decode()


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_a_body_in_later_segments_is_read(client: Client, upgrade: str) -> None:
    head = head_of(upgrade, f"Content-Length: {len(BODY)}\r\n")
    await client.send(head[:20], head[20:], BODY[:5], BODY[5:])

    assert (await client.answer())["body"] == BODY.decode()


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("is_split", [False, True], ids=["together", "split"])
async def test_a_chunked_body_is_read(
    client: Client,
    upgrade: str,
    is_split: bool,  # noqa: FBT001 - a parameter
) -> None:
    chunks = [b"3\r\n" + BODY[:3] + b"\r\n", b"%x\r\n" % (len(BODY) - 3) + BODY[3:] + b"\r\n"]
    segments = [head_of(upgrade, "Transfer-Encoding: chunked\r\n"), *chunks, b"0\r\n\r\n"]
    await client.send(*(segments if is_split else [b"".join(segments)]))

    assert (await client.answer())["body"] == BODY.decode()


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_the_connection_stays_open(client: Client, upgrade: str) -> None:
    request = head_of(upgrade, f"Content-Length: {len(BODY)}\r\n") + BODY
    await client.send(request + request + PLAIN)

    answers = [await client.answer() for _ in range(3)]
    await client.send(head_of(upgrade, ""))

    assert [answer["path"] for answer in answers] == ["/login", "/login", "/plain"]
    assert [answer["body"] for answer in answers] == [BODY.decode(), BODY.decode(), ""]
    assert (await client.answer())["path"] == "/login"


async def test_the_application_receives_no_upgrade_headers(client: Client) -> None:
    await client.send(head_of(H2C, ""))

    names = (await client.answer())["names"]

    assert not {"upgrade", "http2-settings"} & set(names)


async def test_expect_is_answered(client: Client) -> None:
    await client.send(head_of(H2C, f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n"))
    interim = await client.head()
    await client.send(BODY)

    assert interim.startswith(b"HTTP/1.1 100 ")
    assert (await client.answer())["body"] == BODY.decode()
