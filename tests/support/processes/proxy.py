"""A TCP proxy that sends each new connection to a server that is ready."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from tests.support.processes.server import PATIENCE

_PROBE_INTERVAL = 0.05


class Proxy:
    def __init__(self) -> None:
        self.port = 0
        self._probes: dict[int, asyncio.Task[None]] = {}
        self._ready: list[int] = []
        self._turn = itertools.count()
        self._connections: set[asyncio.Task[None]] = set()

    def add(self, port: int) -> None:
        self._probes[port] = asyncio.create_task(self._probe(port))

    async def remove(self, port: int) -> None:
        await cancelled(self._probes.pop(port))

    async def until_ready(self, port: int) -> None:
        await self._until(lambda: port in self._ready)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            listening.close()
            await cancelled(*self._probes.values(), *self._connections)

    async def _probe(self, port: int) -> None:
        """Runs in a task per server, so that a slow one does not delay the others."""
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as client:
                while True:
                    was_ready, is_ready = port in self._ready, await _is_ready(client, port)
                    if is_ready and not was_ready:
                        self._ready.append(port)
                    if was_ready and not is_ready:
                        self._ready.remove(port)
                    await asyncio.sleep(_PROBE_INTERVAL)
        finally:
            if port in self._ready:
                self._ready.remove(port)

    async def _until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - servers are probed
                await asyncio.sleep(_PROBE_INTERVAL)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with closed_after(writer):
            await self._until(lambda: self._ready)
            port = self._ready[next(self._turn) % len(self._ready)]
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            async with closed_after(there_writer):
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def closed_after(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
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
