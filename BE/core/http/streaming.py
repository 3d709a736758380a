"""Streams answers too large for memory, no faster than the client takes them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Self
from uuid import UUID

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from BE.core.exceptions import DomainError
from BE.core.http.connection import Connection
from BE.core.limits.concurrency import ConcurrencyLimit
from BE.core.limits.overload import Overloaded

DEADLINE = "bounded.deadline"
"""Where a request's scope holds its :class:`asyncio.Timeout`."""

WITHOUT_BODY = "bounded.without_body"
"""Set in the scope of a HEAD that is answered as a GET: an endless answer need not begin."""

CALLER_PLACE = "bounded.caller_place"
"""The scope's key of the function that releases the caller's place among running requests."""

_CHUNK = 64 * 1024
_MIN_SPEED = 32 * 1024  # bytes a second
_IN_A_ROW = 10  # pieces of an export, each of which takes about a tenth of a millisecond


class ResponseCutOff(Exception):
    """An answer that had begun cannot be completed; see the cause."""


class Streams:
    """Limits how many streams run at once: for a user, and in this process."""

    def __init__(self, *, per_user: int, at_once: int) -> None:
        self._of_user = ConcurrencyLimit(per_user)
        self._at_once = at_once
        self._running = 0

    @contextmanager
    def hold(self, user_id: UUID) -> Iterator[None]:
        """Raises :class:`TooManyAtOnce`, :class:`Overloaded`."""
        with self._of_user.hold(user_id):
            if self._running >= self._at_once:
                raise Overloaded
            self._running += 1
            try:
                yield
            finally:
                self._running -= 1

    async def chunks(self, user_id: UUID, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """``pieces`` in chunks of 64 KiB at most, one or more; a place is held until the end.

        After a few pieces other requests get their turn, even if no piece has to be awaited. Raises
        what :meth:`hold` raises, with the first one.
        """
        with self.hold(user_id):
            waiting = bytearray()
            made = 0
            async for piece in pieces:
                made += 1
                if made % _IN_A_ROW == 0:
                    await asyncio.sleep(0)
                waiting += piece
                while len(waiting) > _CHUNK:
                    yield bytes(waiting[:_CHUNK])
                    del waiting[:_CHUNK]
            yield bytes(waiting)


class Stream(StreamingResponse):
    """Sends chunks while the client takes them; the first is made before the status is sent.

    It may take longer than an ordinary request: each chunk prolongs the deadline by the time that
    it takes at 32 KiB a second.
    """

    def __init__(
        self,
        first: bytes,
        others: AsyncGenerator[bytes],
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(others, media_type=media_type, headers=headers)
        self._first = first
        self._others = others

    @classmethod
    async def begun(
        cls, chunks: AsyncGenerator[bytes], *, media_type: str, headers: Mapping[str, str]
    ) -> Self:
        """Make the first chunk: an error until then gets an answer of its own."""
        return cls(await anext(chunks), chunks, media_type=media_type, headers=headers)

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        connection = Connection.of(scope)
        deadline: asyncio.Timeout | None = scope.get(DEADLINE)
        async with aclosing(self._others):
            start = {"type": "http.response.start", "status": self.status_code}
            await send(start | {"headers": self.raw_headers})
            chunk = self._first
            while chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if connection is not None and connection.is_lost:
                    return
                _prolong(deadline, len(chunk) / _MIN_SPEED)
                try:
                    chunk = await anext(self._others, b"")
                except DomainError as error:  # a handler would try to answer it
                    raise ResponseCutOff from error
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def lift_limits(scope: Scope) -> None:
    """Let an answer run forever: it has no deadline and no longer counts as a running request."""
    deadline: asyncio.Timeout | None = scope.get(DEADLINE)
    if deadline is not None and not deadline.expired():
        deadline.reschedule(None)
    leave: Callable[[], None] | None = scope.get(CALLER_PLACE)
    if leave is not None:
        leave()


def _prolong(deadline: asyncio.Timeout | None, seconds: float) -> None:
    when = deadline and deadline.when()
    if deadline is not None and when is not None and not deadline.expired():
        deadline.reschedule(when + seconds)
