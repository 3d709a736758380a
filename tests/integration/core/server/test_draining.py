"""A stopping server answers the clients that have connected."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
import uvicorn

from BE.core.server.draining import DrainedServer
from BE.core.server.process import listen
from BE.core.server.protocol import StrictProtocol
from tests.support.processes.server import PATIENCE

type Message = MutableMapping[str, Any]


async def answer(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]
) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    monkeypatch.setattr(StrictProtocol, "is_leaving", True)
    return listen("127.0.0.1", 0)


async def stop(server: DrainedServer, listener: socket.socket) -> None:
    server.handle_exit()
    async with asyncio.timeout(PATIENCE):
        await server.shutdown([listener])


async def start_server(listener: socket.socket) -> DrainedServer:
    config = uvicorn.Config(
        answer, http=StrictProtocol, log_config=None, lifespan="off", loop="asyncio"
    )
    config.load()
    server = DrainedServer(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    return server


async def test_a_request_in_the_accept_queue_is_answered(listener: socket.socket) -> None:
    server = await start_server(listener)
    with socket.create_connection(listener.getsockname()) as client:
        # the event loop has not accepted it yet
        client.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
        await stop(server, listener)
        client.settimeout(PATIENCE)

        assert client.recv(1024).startswith(b"HTTP/1.1 204")


async def test_an_idle_connection_in_the_accept_queue_does_not_delay_the_stop(
    listener: socket.socket,
) -> None:
    server = await start_server(listener)
    with socket.create_connection(listener.getsockname()) as client:
        await stop(server, listener)
        client.settimeout(PATIENCE)

        assert client.recv(1024) == b""
