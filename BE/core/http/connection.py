"""The connection that a request came by: how far its client takes the answers, and how it ends."""

import asyncio
import socket
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

MAX_UNSENT = 32 * 1024 * 1024
"""Bytes of answers that wait in this process for clients to take them."""

CLIENT_GONE = "client_gone"

_LEAST_TAKEN = 64 * 1024
# What the kernel takes ahead of a slow client; left alone it grows to 4 MiB, and the client's
# progress shows in steps of a third of it.
_KERNEL_BUFFER = 128 * 1024
_KEY = "bounded.connection"


class Connection:
    """What the application may know of the connection, and do with it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting = 0
        self._waiting_since: float | None = None
        self.is_lost = False
        self.cut_off_for: str | None = None
        """Why an answer that had begun stays incomplete."""
        peer: socket.socket | None = transport.get_extra_info("socket")
        if peer is not None:
            with suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)

    def attach(self, scope: MutableMapping[str, Any]) -> None:
        scope[_KEY] = self

    @staticmethod
    def of(scope: Mapping[str, Any]) -> "Connection | None":
        """``None`` under another server than ours."""
        return scope.get(_KEY)

    @property
    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def has_taken_its_share(self) -> None:
        self._waiting_since = None

    def stalled_for(self, now: float) -> float:
        """Seconds in which the client has taken less than 64 KiB of what waits for it."""
        unsent = self.unsent
        if not unsent:
            self._waiting_since = None
            return 0
        if self._waiting_since is None or unsent <= self._waiting - _LEAST_TAKEN:
            self._waiting, self._waiting_since = unsent, now
        return now - self._waiting_since

    def cut_off(self, reason: str) -> None:
        """Close it at once, so that the client sees an answer without its end."""
        self.cut_off_for = self.cut_off_for or reason
        self._transport.abort()

    async def lost(self) -> None:
        """Wait until the server knows, and misses no end of the answer; it takes a turn or two."""
        while not self.is_lost:  # noqa: ASYNC110 - an event for each connection would cost more
            await asyncio.sleep(0)

    def lose(self, *, mid_answer: bool) -> None:
        self.is_lost = True
        if mid_answer and self.cut_off_for is None:
            self.cut_off_for = CLIENT_GONE


def too_much_unsent(connections: Iterable[Connection], now: float) -> Iterator[Connection]:
    """Those to cut off, the longest stalled first, until what waits is within the bound."""
    waiting = [connection for connection in connections if connection.unsent]
    excess = sum(connection.unsent for connection in waiting) - MAX_UNSENT
    waiting.sort(key=lambda connection: connection.stalled_for(now), reverse=True)
    for connection in waiting:
        if excess <= 0:
            return
        excess -= connection.unsent
        yield connection
