"""A reader that reconnects with its cursor whenever its stream ends, as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx

from tests.support.events import eventually
from tests.support.streams.readers import CHANGES, EventReader, StreamEvent

_SOON = 0.05


class ResumingReader:
    def __init__(self, headers: Mapping[str, str], choose: Callable[[], httpx.AsyncClient]) -> None:
        self._headers = headers
        self._choose = choose
        self.cursor: str | None = None
        self.streams = 0
        self.retries: list[int] = []
        """The milliseconds of each `retry` that ended a stream."""
        self.seen: list[StreamEvent] = []
        """All events but ``ready``."""

    async def until(self, condition: Callable[["ResumingReader"], bool]) -> None:
        async def holds() -> bool:
            return condition(self)

        await eventually(holds)

    async def follow(self) -> None:
        while True:
            resumed = {"Last-Event-ID": self.cursor} if self.cursor else {}
            headers = {**self._headers, **resumed}
            try:
                async with self._choose().stream("GET", CHANGES, headers=headers) as answer:
                    if answer.status_code == 200:
                        self.streams += 1
                        await self._read(EventReader(answer))
            except httpx.TransportError:
                pass  # the process has ended, or has not started yet
            await asyncio.sleep(_SOON)

    async def _read(self, events: EventReader) -> None:
        async for block in events.blocks():
            if "retry" in block:
                self.retries.append(int(block["retry"]))
            if "event" not in block:
                continue
            self.cursor = block["id"]
            if block["event"] != "ready":
                data = json.loads(block["data"])
                self.seen.append(StreamEvent(block["event"], block["id"], data))


@asynccontextmanager
async def resuming_reader(
    headers: Mapping[str, str], *clients: httpx.AsyncClient
) -> AsyncIterator[ResumingReader]:
    """Follow through each client in turn while the block runs; its first stream is open by then."""
    turns = 0

    def choose() -> httpx.AsyncClient:
        nonlocal turns
        turns += 1
        return clients[turns % len(clients)]

    reader = ResumingReader(headers, choose)
    following = asyncio.create_task(reader.follow())
    try:
        await reader.until(lambda reader: reader.cursor is not None)
        yield reader
    finally:
        following.cancel()
        await asyncio.wait([following])
