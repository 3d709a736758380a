"""A conversation over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from BE.core.live.sockets import Conversations
from BE.core.live.stream import End


class Socket:
    is_being_read = False
    was_being_read_when_closed: bool

    async def receive(self) -> str:
        self.is_being_read = True
        try:
            await asyncio.Event().wait()
        finally:
            self.is_being_read = False
        return ""

    async def close(self, *_: object) -> None:
        self.was_being_read_when_closed = self.is_being_read


class StreamsThatEnd:
    async def messages(self, _: object) -> AsyncIterator[Any]:
        await asyncio.sleep(0)
        for message in [None][1:]:
            yield message


async def test_reading_ends_before_the_socket_is_closed() -> None:
    socket, stream = Socket(), SimpleNamespace(ended_for=End.LEAVING)
    streams: Any = StreamsThatEnd()
    unused: Any = None

    await Conversations(streams, unused, unused)._send_all(socket, stream)  # type: ignore[arg-type]

    assert not socket.was_being_read_when_closed
