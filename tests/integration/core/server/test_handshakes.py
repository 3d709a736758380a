"""Only a handshake of RFC 6455 on a WebSocket's path opens a WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from BE.core.server.handshakes import Handshakes
from tests.support.serving import port_of, serving

HANDSHAKE = {
    "Host": "a",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # from RFC 6455 §1.3
PLAIN = b"GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"

type Exchange = Callable[..., Awaitable[bytes]]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Echoes one message on a WebSocket; otherwise answers with the path."""
    socket = scope.get("bounded.web_socket")
    status, body = (101, b"") if socket else (200, scope["path"].encode())
    names = [name for name, _ in scope["headers"]]
    headers = [(b"x-query", scope["query_string"]), (b"x-headers", b"%d" % len(names))]
    if not socket:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": socket is not None})
    if socket:
        await socket.send(f"received {await socket.receive()}")
        await socket.close(1000, "")
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Send segments and return the answer up to the end of its head, or to ``until``."""
    handshakes = Handshakes(frozenset({"/live"}), root_path="/backend")
    async with serving(application, handshakes=handshakes) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))

        async def send(*segments: bytes, until: bytes = b"\r\n\r\n") -> bytes:
            for segment in segments:
                writer.write(segment)
                await writer.drain()
                await asyncio.sleep(0.02)  # so that each is one packet
            async with asyncio.timeout(60):
                return await reader.readuntil(until)

        yield send
        writer.close()


def head(target: str = "/live", method: str = "GET", *more: str, **changes: str | None) -> bytes:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    fields = HANDSHAKE | named
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, *more, "", ""]).encode()


def message(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


@pytest.mark.parametrize(
    "request_head",
    [
        head(),
        head("/backend/live"),
        head("/live?since=a"),
        head(Upgrade="WebSocket", Connection="keep-alive, UPGRADE"),
        head("/live", "GET", f"Cookie: {'x' * 20_000}"),
        head("/live?" + "x" * 10_000),
    ],
    ids=["plain", "below a prefix", "with a query", "any case", "large cookie", "long query"],
)
async def test_a_handshake_opens_a_web_socket(exchange: Exchange, request_head: bytes) -> None:
    answer = await exchange(request_head)

    assert answer.startswith(b"HTTP/1.1 101 ")
    assert ACCEPT in answer
    assert b"received hello" in await exchange(message("hello"), until=b"hello")


async def test_a_message_in_the_segment_of_the_handshake_is_read(exchange: Exchange) -> None:
    answer = await exchange(head() + message("hello"), until=b"hello")

    assert answer.startswith(b"HTTP/1.1 101 ")


async def test_a_handshake_may_come_in_segments_and_after_another_request(
    exchange: Exchange,
) -> None:
    assert (await exchange(PLAIN, until=b"/plain")).startswith(b"HTTP/1.1 200 ")

    answer = await exchange(head()[:20], head()[20:60], head()[60:])

    assert answer.startswith(b"HTTP/1.1 101 ")


async def test_the_application_receives_the_whole_request(exchange: Exchange) -> None:
    answer = await exchange(head("/live?since=a", "GET", "Cookie: a", "Cookie: b"))

    assert b"x-query: since=a" in answer
    assert b"x-headers: 7" in answer


@pytest.mark.parametrize(
    "request_head",
    [
        head("/other"),
        head("/live/"),
        head("/%6Cive"),
        head("//live"),
        head("/backend"),
        head(method="POST", Content_Length="0"),
        head(method="HEAD"),
        head(Content_Length="0"),
        head(Sec_WebSocket_Version="8"),
        head(Sec_WebSocket_Version=None),
        head(Sec_WebSocket_Key=None),
        head(Sec_WebSocket_Key="short"),
        head("/live", "GET", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
        head("/live", "GET", "Upgrade: h2c"),
        head(Upgrade="h2c"),
        head(Upgrade="websocket, h2c"),
    ],
)
async def test_any_other_request_is_plain_http(exchange: Exchange, request_head: bytes) -> None:
    answer = await exchange(request_head)

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_pipelined_handshake_is_plain_http(exchange: Exchange) -> None:
    answer = await exchange(PLAIN + head(), until=b"/live")

    assert answer.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize(
    "request_head",
    [head(Host=None), head("/live", "GET", "Host: b"), head("/live", "GET", *["X-A: b"] * 100)],
    ids=["no host", "two hosts", "many fields"],
)
async def test_a_faulty_head_is_refused_as_usual(exchange: Exchange, request_head: bytes) -> None:
    answer = await exchange(request_head)

    assert answer.startswith(b"HTTP/1.1 4")
