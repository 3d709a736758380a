import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import DomainError, UnavailableError
from BE.core.routing import is_probe

_PATIENCE = 1.0
_RETRY_AFTER = (1, 4)
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


def retry_after() -> int:
    """Seconds, drawn at random: or all who are refused come back at once."""
    return random.randint(*_RETRY_AFTER)  # noqa: S311 - no secret


class Overloaded(UnavailableError):
    """The service is busy, try again in a moment"""

    def __init__(self) -> None:
        super().__init__(retry_after=retry_after())


class Admission:
    """How many requests run at once in this process; as many more wait for a second."""

    def __init__(self, *, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._max_waiting = at_once
        self._waiting = 0
        self._receiving = 0
        self._answering = 0
        self._limit = 2 * at_once

    def has_room(self, requests: int) -> bool:
        """Whether one more may come, where ``requests`` are in the process in all."""
        return requests - self._receiving - self._answering < self._limit

    async def received(self, receive: Receive) -> Receive:
        """Read the body before its request counts: whoever sends slowly keeps nobody out."""
        self._receiving += 1
        try:
            return await _received(receive)
        finally:
            self._receiving -= 1

    async def enter(self) -> None:
        """Raises :class:`Overloaded`."""
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._max_waiting:
            raise Overloaded
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._free.acquire()
        except TimeoutError as error:
            raise Overloaded from error
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        self._free.release()

    @contextmanager
    def admitted(self, send: Send) -> Iterator[Send]:
        """Give the place back when the answer begins: whoever reads slowly keeps nobody out."""
        is_answering = False

        async def watched_send(message: Message) -> None:
            nonlocal is_answering
            if not is_answering:
                is_answering = True
                self._answering += 1
                self.leave()
            await send(message)

        try:
            yield watched_send
        finally:
            if is_answering:
                self._answering -= 1
            else:
                self.leave()


class AdmissionMiddleware:
    """Admits what there is room for, and the probes in any case. Raises :class:`Overloaded`."""

    def __init__(self, app: ASGIApp, *, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_probe(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in _WITHOUT_BODY:
            receive = await self._admission.received(receive)
        await self._admission.enter()
        with self._admission.admitted(send) as watched_send:
            await self._app(scope, receive, watched_send)


async def _received(receive: Receive) -> Receive:
    """A ``receive`` that has the whole body at once, or raises what reading it raised."""
    body, fault = bytearray(), None
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            more = message.get("more_body", False)
    except DomainError as error:
        fault = error
    is_told = False

    async def replay() -> Message:
        nonlocal is_told
        if fault is not None:
            raise fault
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return replay
