import asyncio
import random
import time
from typing import NoReturn

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import DomainError
from BE.core.http.paths import is_probe
from BE.core.limits.overload import RETRY_AFTER, Overloaded

_MAX_WAIT = 1.0
_REFUSED_AT_ONCE = 100
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class Admission:
    """Limits how many requests run at once in this process; as many more wait for a second.

    Further ones are refused: the first hundred in a second at once, the others after a wait as long
    as their ``Retry-After``. Otherwise clients that ignore it would keep the process busy with
    refusals.
    """

    def __init__(
        self,
        *,
        at_once: int,
        refused_at_once: int = _REFUSED_AT_ONCE,
        held: tuple[float, float] = RETRY_AFTER,
    ) -> None:
        """``held``: the least and the most seconds that a refusal waits."""
        self._free = asyncio.Semaphore(at_once)
        self._max_waiting = at_once
        self._waiting = 0
        self._outside = 0
        self._limit = 2 * at_once
        self._refused_at_once = refused_at_once
        self._held = held
        self._second_began = 0.0
        self._refused = 0

    @property
    def is_full(self) -> bool:
        return self._free.locked() and self._waiting >= self._max_waiting

    def has_room(self, requests: int) -> bool:
        """Whether there is room for one more; ``requests`` are in this process already."""
        return requests - self._outside < self._limit

    def refusal_delay(self) -> float:
        """Seconds for which to hold the next refusal. Counts it."""
        now = time.monotonic()
        if now - self._second_began >= 1:
            self._second_began = now
            self._refused = 0
        self._refused += 1
        if self._refused <= self._refused_at_once:
            return 0.0
        return random.uniform(*self._held)  # noqa: S311 - no secret

    async def hold_refusal(self) -> None:
        """Wait as long as the next refusal is held; meanwhile its request takes no room."""
        self._outside += 1
        try:
            await asyncio.sleep(self.refusal_delay())
        finally:
            self._outside -= 1

    async def refuse(self) -> NoReturn:
        """Raises :class:`Overloaded`, after the delay of a refusal."""
        await self.hold_refusal()
        raise Overloaded

    async def received(self, receive: Receive) -> Receive:
        """Read the body before its request counts: a slow sender must not occupy a place."""
        self._outside += 1
        try:
            return await _received(receive)
        finally:
            self._outside -= 1

    async def enter(self) -> None:
        """Raises :class:`Overloaded`."""
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._max_waiting:
            raise Overloaded
        self._waiting += 1
        try:
            async with asyncio.timeout(_MAX_WAIT):
                await self._free.acquire()
        except TimeoutError as error:
            raise Overloaded from error
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        self._free.release()

    def begin_answer(self) -> None:
        """Give the place back: a slow reader must not occupy it."""
        self._outside += 1
        self.leave()

    def end_answer(self) -> None:
        self._outside -= 1


class AdmissionMiddleware:
    """Admits requests while there is room, and probes always. Raises :class:`Overloaded`."""

    def __init__(self, app: ASGIApp, *, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_probe(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in _WITHOUT_BODY:
            if self._admission.is_full:
                await self._admission.refuse()  # without reading its body
            receive = await self._admission.received(receive)
        await self._admission.enter()
        is_answering = False

        async def counting_send(message: Message) -> None:
            nonlocal is_answering
            if not is_answering:
                is_answering = True
                self._admission.begin_answer()
            await send(message)

        try:
            await self._app(scope, receive, counting_send)
        finally:
            if is_answering:
                self._admission.end_answer()
            else:
                self._admission.leave()


async def _received(receive: Receive) -> Receive:
    """A ``receive`` that returns the whole body at once, or raises what reading it raised."""
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
    is_replayed = False

    async def replay() -> Message:
        nonlocal is_replayed
        if fault is not None:
            raise fault
        if is_replayed:
            return await receive()
        is_replayed = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return replay
