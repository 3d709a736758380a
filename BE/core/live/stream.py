"""One open stream: its messages, and why it ends."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from enum import Enum
from typing import Any
from uuid import UUID

from starlette.types import Scope

from BE.core.context import current_request
from BE.core.exceptions import UnavailableError
from BE.core.http.connection import Connection
from BE.core.http.streaming import lift_limits
from BE.core.live.exceptions import ReaderTooSlow
from BE.core.live.messages import LiveMessage


class End(Enum):
    """Why a stream ends: the code with which a WebSocket is closed, and the text."""

    GONE = (1000, "")
    UNEXPECTED = (1008, "Nothing is expected after the first message")
    LEAVING = (1012, "The service restarts, come again")
    TOO_SLOW = (1013, "Too much waits to be read, come again")
    UNAVAILABLE = (1013, "The service is unavailable for a moment, come again")
    EXPIRED = (4401, "The access token has expired")
    SESSION_ENDED = (4401, "The session has ended, sign in again")


class Stream:
    def __init__(
        self, session_id: UUID, messages: AsyncIterator[LiveMessage], *, expires_at: float
    ) -> None:
        self.session_id = session_id
        self.expires_at = expires_at
        """When its token expires, in seconds since 1970."""
        self._messages = messages
        self._coming = self._next()
        self._ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._ended_at = 0.0
        self._connection: Connection | None = None

    @property
    def ended_for(self) -> End | None:
        return self._ended.result() if self._ended.done() else None

    def end(self, reason: End) -> None:
        """Let :meth:`messages` end; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(reason)
            self._ended_at = time.monotonic()

    def attach(self, scope: Scope) -> None:
        """Note that it answers this request, which now ends only with the stream."""
        lift_limits(scope)
        note_stream()
        self._connection = Connection.of(scope)
        if self._connection is not None:
            self._connection.expect_little()
            self._connection.when_lost(lambda: self.end(End.GONE))

    def count(self) -> None:
        """Count a message that was sent."""
        request = current_request()
        if request is not None and request.events_sent is not None:
            request.events_sent += 1

    async def begin(self) -> None:
        """Wait for the first message. Raises what the feed raises."""
        await self._wait(None)
        if self._coming.done() and (fault := self._coming.exception()) is not None:
            raise fault

    async def messages(self, *, beat: float | None = None) -> AsyncGenerator[LiveMessage | None]:
        """The messages until the stream ends; ``None`` after each ``beat`` seconds of silence."""
        while not self._ended.done():
            await self._wait(beat)
            if self._ended.done():
                return
            if not self._coming.done():
                yield None
                continue
            try:
                message = self._coming.result()
            except ReaderTooSlow:
                self.end(End.TOO_SLOW)
            except UnavailableError:
                self.end(End.UNAVAILABLE)
            else:
                self._coming = self._next()
                yield message

    def cut_off_if_late(self, patience: float) -> None:
        """Cut off a reader that has not taken the end within ``patience`` seconds."""
        is_late = self._ended.done() and time.monotonic() - self._ended_at > patience
        if is_late and self._connection is not None:
            self._connection.cut_off("not_taken")

    async def close(self) -> None:
        self._coming.cancel()
        await asyncio.wait({self._coming})
        if not self._coming.cancelled():
            self._coming.exception()  # retrieved, so that asyncio does not log it

    async def _wait(self, at_most: float | None) -> None:
        """Wait for a message, the end, or so many seconds."""
        awaited: set[asyncio.Future[Any]] = {self._coming, self._ended}
        await asyncio.wait(awaited, timeout=at_most, return_when=asyncio.FIRST_COMPLETED)

    def _next(self) -> asyncio.Future[LiveMessage]:
        return asyncio.ensure_future(anext(self._messages))


def note_stream() -> None:
    """Have the access log record a stream."""
    request = current_request()
    if request is not None and request.events_sent is None:
        request.events_sent = 0
