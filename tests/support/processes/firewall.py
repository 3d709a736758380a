"""A firewall before a database that drops connections which are idle for too long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.support.processes.proxy import cancelled, closed_after


class Firewall:
    def __init__(self, dsn: str) -> None:
        self._there = urlsplit(dsn)
        self._known: set[asyncio.Event] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self.dsn = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        user = self._there.netloc.rpartition("@")[0]
        here = self._there._replace(netloc=f"{user}@127.0.0.1:{port}", query="")
        self.dsn = urlunsplit(here)
        try:
            yield
        finally:
            listening.close()
            await cancelled(*self._connections)

    def forget(self) -> None:
        """Drop all further packets of the present connections, without a FIN or a RST."""
        for forgotten in self._known:
            forgotten.set()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connect(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forgotten = asyncio.Event()
        self._known.add(forgotten)
        async with closed_after(writer):
            there_reader, there_writer = await self._open()
            async with closed_after(there_writer):
                await asyncio.gather(
                    _pump(reader, there_writer, forgotten), _pump(there_reader, writer, forgotten)
                )

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self._there.port or 5432
        if directory := parse_qs(self._there.query).get("host"):
            return await asyncio.open_unix_connection(f"{directory[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._there.hostname, port)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, forgotten: asyncio.Event
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            if not forgotten.is_set():
                writer.write(data)
                await writer.drain()
    if not forgotten.is_set():
        writer.close()
