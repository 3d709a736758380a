"""A feed that sends what a test tells it to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from BE.core.live.messages import LiveMessage
from BE.core.security.scopes import Scope


def change(number: int, at: str = "2026-01-31T12:00:00Z") -> LiveMessage:
    data = f'{{"id":"{number}","version":{number},"at":"{at}"}}'
    return LiveMessage("task.changed", f"cursor-{number}", data.encode())


class FakeFeed:
    """Gives every reader the messages sent since it began to read."""

    def __init__(self) -> None:
        self.opened: list[tuple[UUID, str | None]] = []
        self._readers: list[asyncio.Queue[LiveMessage | Exception]] = []
        self.fault: Exception | None = None
        """The error that ``open`` raises."""

    @property
    def readers(self) -> int:
        return len(self._readers)

    def send(self, message: LiveMessage | Exception) -> None:
        for reader in self._readers:
            reader.put_nowait(message)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def open(
        self, user_id: UUID, since: str | None, _: frozenset[Scope] | None = None
    ) -> AsyncIterator[AsyncIterator[LiveMessage]]:
        if self.fault is not None:
            raise self.fault
        self.opened.append((user_id, since))
        reader: asyncio.Queue[LiveMessage | Exception] = asyncio.Queue()
        reader.put_nowait(LiveMessage("ready", "cursor-0", b"{}"))
        if since == "forged":
            reader.put_nowait(LiveMessage("reset", "cursor-0", b"{}"))
        self._readers.append(reader)
        messages = _messages(reader)
        try:
            yield messages
        finally:
            self._readers.remove(reader)
            await messages.aclose()


async def _messages(reader: asyncio.Queue[LiveMessage | Exception]) -> AsyncGenerator[LiveMessage]:
    while True:
        message = await reader.get()
        if isinstance(message, Exception):
            raise message
        yield message
