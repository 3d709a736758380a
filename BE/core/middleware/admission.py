import asyncio
import random

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import DomainError, UnavailableError
from BE.core.routing import is_probe

_PATIENCE = 1.0
_RETRY_AFTER = (1, 4)
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Overloaded(UnavailableError):
    """The service is busy, try again in a moment"""

    def __init__(self) -> None:
        # apart from each other, or all of them come back at once
        super().__init__(retry_after=random.randint(*_RETRY_AFTER))  # noqa: S311 - no secret


class AdmissionMiddleware:
    """Lets so many requests run at once, and as many wait for a second; the rest are refused.

    Raises :class:`Overloaded`. The health checks are exempt. A body is read before its request
    counts: whoever sends slowly keeps nobody out.
    """

    def __init__(self, app: ASGIApp, *, at_once: int) -> None:
        self._app = app
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._max_waiting = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_probe(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in _WITHOUT_BODY:
            receive = await _received(receive)
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            await self._app(scope, receive, send)
        finally:
            self._free.release()

    async def _wait(self) -> None:
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
