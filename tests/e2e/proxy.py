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
        self._flows: set[asyncio.Task[None]] = set()

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
            probing.cancel()
            listening.close()
            for flow in self._flows:
                flow.cancel()

    async def _probe_on(self) -> None:
        async with httpx.AsyncClient(timeout=2) as client:
            while True:
                servers = tuple(self._servers)
                self._ready = [each for each in servers if await _is_ready(client, each)]
                await asyncio.sleep(_PROBE_INTERVAL)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._ready[next(self._turn) % len(self._ready)]
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        self._flow(reader, there_writer)
        self._flow(there_reader, writer)

    def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flow = asyncio.create_task(_pump(reader, writer))
        self._flows.add(flow)
        flow.add_done_callback(self._flows.discard)


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
