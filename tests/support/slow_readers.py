"""Clients that read their responses slowly or not at all, over real sockets."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from BE.core.http.streaming import Streams
from BE.core.server.protocol import StrictProtocol
from tests.support.client import Person
from tests.support.events import eventually
from tests.support.serving import port_of, serving_running

END_OF_CHUNKS = b"0\r\n\r\n"


class PatientProtocol(StrictProtocol):
    patience = 3600.0
    sweep_interval = 0.05


class ImpatientProtocol(StrictProtocol):
    patience = 0.3
    sweep_interval = 0.05


@contextmanager
def logged_lines() -> Iterator[list[dict[str, Any]]]:
    """Collect what we and uvicorn log about responses and faults."""
    lines: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line: Any = record.msg
            lines.append(line if isinstance(line, dict) else {"event": record.getMessage()})

    ours = [
        logging.getLogger(f"BE.core.{name}") for name in ("middleware.errors", "server.protocol")
    ]
    loggers, handler = [*ours, logging.getLogger("uvicorn.error")], Collector()
    for logger in loggers:
        logger.addHandler(handler)
    for logger in ours:
        logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        for logger in ours:
            logger.setLevel(logging.NOTSET)


served = partial(serving_running, protocol=PatientProtocol)


class Reader:
    """A client with small buffers that reads on request."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.received = b""

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        data = b""
        with suppress(ConnectionError):
            data = await loop.sock_recv(self._socket, 65_536)
        self.received += data
        return data

    async def read_all(self) -> bytes:
        async with asyncio.timeout(120):
            while await self.read():
                pass
        return self.received

    def leave(self) -> None:
        self._socket.close()


@asynccontextmanager
async def reader(
    server: uvicorn.Server, owner: Person, path: str, *, times: int = 1
) -> AsyncIterator[Reader]:
    """Request ``path``, and read only the first part of the response."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.setblocking(False)  # noqa: FBT003
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port_of(server)))
        head = (
            f"GET {path} HTTP/1.1\r\nHost: service.test\r\n"
            f"Authorization: {owner.headers['Authorization']}\r\n\r\n"
        )
        await loop.sock_sendall(sock, head.encode() * times)
        client = Reader(sock)
        await client.read()
        yield client


def cut_off(lines: list[dict[str, Any]], path: str) -> dict[str, Any]:
    """The line that reports the response as cut off; nothing else was logged."""
    [line] = lines
    assert line["event"] == "response_cut_off"
    assert line["path"] == path
    assert "exc_info" not in line
    return line


async def until_logged(lines: list[dict[str, Any]]) -> None:
    async def is_logged() -> bool:
        return bool(lines)

    await eventually(is_logged)


def running_streams(app: FastAPI) -> int:
    streams: Streams = app.state.container.streams()
    return streams._running


async def until_streams_end(app: FastAPI) -> None:
    async def is_free() -> bool:
        return running_streams(app) == 0

    await eventually(is_free)


@asynccontextmanager
async def client(server: uvicorn.Server) -> AsyncIterator[httpx.AsyncClient]:
    url = f"http://127.0.0.1:{port_of(server)}"
    async with httpx.AsyncClient(base_url=url, timeout=60) as found:
        yield found
