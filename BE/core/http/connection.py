"""The connection of a request: how fast its client takes answers, and how it ends."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

MAX_UNSENT = 32 * 1024 * 1024
"""Bytes of answers that may wait in this process for their clients."""

CLIENT_GONE = "client_gone"

_MIN_TAKEN = 64 * 1024
# The kernel's buffer for a slow client. By default it grows to 4 MiB, and the client's progress
# shows only in steps of a third of that.
_KERNEL_BUFFER = 128 * 1024
# For readers of single events; the kernel doubles it.
_SMALL_BUFFER = 16 * 1024
_SILENCE = 30_000  # milliseconds without an acknowledgement of what was sent
_KEY = "bounded.connection"


class Connection:
    """What the application may know about a connection, and do with it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting = 0
        self._waiting_since: float | None = None
        self._when_lost: Callable[[], None] | None = None
        self.is_lost = False
        self.cut_off_for: str | None = None
        """The reason why an answer stays incomplete."""
        peer: socket.socket | None = transport.get_extra_info("socket")
        if peer is not None:
            with suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)

    def expect_little(self) -> None:
        """Buffer little, as is enough for occasional events, and notice a peer that is gone."""
        self._transport.set_write_buffer_limits(high=_SMALL_BUFFER)
        peer: socket.socket | None = self._transport.get_extra_info("socket")
        if peer is not None:
            with suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
                if sys.platform == "linux":
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENCE)

    def when_lost(self, call: Callable[[], None]) -> None:
        """Call ``call`` once the connection is lost."""
        self._when_lost = call

    def attach(self, scope: MutableMapping[str, Any]) -> None:
        scope[_KEY] = self

    @staticmethod
    def of(scope: Mapping[str, Any]) -> "Connection | None":
        """``None`` under another server."""
        return scope.get(_KEY)

    @property
    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def note_progress(self) -> None:
        self._waiting_since = None

    def stalled_for(self, now: float) -> float:
        """Seconds since the client last took 64 KiB of its unsent data."""
        unsent = self.unsent
        if not unsent:
            self._waiting_since = None
            return 0
        if self._waiting_since is None or unsent <= self._waiting - _MIN_TAKEN:
            self._waiting, self._waiting_since = unsent, now
        return now - self._waiting_since

    def cut_off(self, reason: str) -> None:
        """Close it at once: the client sees an answer without its end."""
        self.cut_off_for = self.cut_off_for or reason
        self._transport.abort()

    async def lost(self) -> None:
        """Wait until the server has noticed, a turn or two of the event loop."""
        while not self.is_lost:  # noqa: ASYNC110 - an event for each connection would cost more
            await asyncio.sleep(0)

    def lose(self, *, mid_answer: bool) -> None:
        self.is_lost = True
        if self._when_lost is not None:
            self._when_lost()
        if mid_answer and self.cut_off_for is None:
            self.cut_off_for = CLIENT_GONE


def too_much_unsent(connections: Iterable[Connection], now: float) -> Iterator[Connection]:
    """Those to cut off, longest stalled first, to bring the unsent data within the limit."""
    waiting = [connection for connection in connections if connection.unsent]
    excess = sum(connection.unsent for connection in waiting) - MAX_UNSENT
    waiting.sort(key=lambda connection: connection.stalled_for(now), reverse=True)
    for connection in waiting:
        if excess <= 0:
            return
        excess -= connection.unsent
        yield connection
