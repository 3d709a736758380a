"""A TCP proxy that sends each new connection to a server that says it is ready."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

_PROBE_INTERVAL = 0.05


class Proxy:
    def __init__(self) -> None:
        self.port = 0
        self._servers: set[int] = set()
        self._ready: list[int] = []
        self._turn = itertools.count()
        self._connections: set[asyncio.Task[None]] = set()

    def add(self, port: int) -> None:
        self._servers.add(port)

    def remove(self, port: int) -> None:
        self._servers.discard(port)

    async def until_ready(self, port: int) -> None:
        async with asyncio.timeout(60):
            while port not in self._ready:  # noqa: ASYNC110 - it is probed
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        probing = asyncio.create_task(self._probe_on())
        try:
            yield
        finally:
            listening.close()
            running = [probing, *self._connections]
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _probe_on(self) -> None:
        async with httpx.AsyncClient(timeout=2) as client:
            while True:
                servers = tuple(self._servers)
                self._ready = [each for each in servers if await _is_ready(client, each)]
                await asyncio.sleep(_PROBE_INTERVAL)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._ready[next(self._turn) % len(self._ready)]
        async with _closed_after(writer):
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            async with _closed_after(there_writer):
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


@asynccontextmanager
async def _closed_after(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/health/ready")
    except httpx.TransportError:
        return False
    return answer.status_code == 200
