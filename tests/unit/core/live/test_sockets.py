"""A conversation over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from BE.core.live.sockets import Conversations
from BE.core.live.stream import End


class Socket:
    is_listened_to = False
    was_listened_to_at_its_end: bool

    async def receive(self) -> str:
        self.is_listened_to = True
        try:
            await asyncio.Event().wait()
        finally:
            self.is_listened_to = False
        return ""

    async def close(self, *_: object) -> None:
        self.was_listened_to_at_its_end = self.is_listened_to


class StreamsThatEnd:
    async def messages(self, _: object) -> AsyncIterator[Any]:
        await asyncio.sleep(0)
        for message in [None][1:]:
            yield message


async def test_nobody_listens_any_more_when_it_is_closed() -> None:
    socket, stream = Socket(), SimpleNamespace(ended_for=End.LEAVING)
    streams: Any = StreamsThatEnd()
    unused: Any = None

    await Conversations(streams, unused, unused)._send_all(socket, stream)  # type: ignore[arg-type]

    assert not socket.was_listened_to_at_its_end
