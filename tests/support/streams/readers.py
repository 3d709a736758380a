"""Clients of the live feed: of server-sent events, and over a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

CHANGES = "/api/v1/changes"
PATIENCE = 60


@dataclass(frozen=True)
class StreamEvent:
    event: str
    id: str
    data: Any


class EventReader:
    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def block(self) -> dict[str, str]:
        """The next lines up to an empty one, by field; the field of a comment is empty."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        return fields

    async def next(self) -> StreamEvent:
        """The next event, after any comments."""
        while "event" not in (fields := await self.block()):
            assert fields, "the stream has ended"
        return StreamEvent(fields["event"], fields["id"], json.loads(fields["data"]))

    async def blocks(self) -> AsyncIterator[dict[str, str]]:
        """All blocks until the stream ends, without a timeout."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
            else:
                yield fields
                fields = {}

    async def rest(self) -> list[dict[str, str]]:
        """All blocks until the stream ends, within the timeout for each."""
        blocks = []
        while fields := await self.block():
            blocks.append(fields)
        return blocks


@asynccontextmanager
async def reading(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    last_event_id: str | None = None,
    /,
    **query: str,
) -> AsyncIterator[EventReader]:
    resumed = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    async with client.stream("GET", CHANGES, params=query, headers=headers | resumed) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield EventReader(answer)


@asynccontextmanager
async def open_websocket(
    client: httpx.AsyncClient, subprotocol: str | None = "bounded.v1", **headers: str
) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket on which the client has sent nothing yet."""
    base = client.base_url
    url = f"ws://{base.host}:{base.port}{base.path.rstrip('/')}{CHANGES}"
    subprotocols: Any = [subprotocol] if subprotocol else None
    async with connect(
        url, subprotocols=subprotocols, additional_headers=headers, proxy=None
    ) as socket:
        yield socket


async def handshake_status(client: httpx.AsyncClient, **options: Any) -> int:
    """The status of the handshake: 101 if it is accepted."""
    try:
        async with open_websocket(client, **options):
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code


async def receive(socket: ClientConnection) -> StreamEvent:
    async with asyncio.timeout(PATIENCE):
        message = json.loads(await socket.recv())
    assert message.keys() == {"event", "id", "data"}
    return StreamEvent(**message)


async def close_code(socket: ClientConnection) -> int:
    """The code with which the server closes the socket, after any further messages."""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            async for _ in socket:
                pass
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code
