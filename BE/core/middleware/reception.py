from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import current_request, network_of
from BE.core.exceptions import RateLimitedError, UnavailableError

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRY_AFTER = 1


class TooMuchFromAddress(RateLimitedError):
    """Too much is being received from your address, try again in a moment"""


class TooMuchInReception(UnavailableError):
    """Too much is being received at once, try again in a moment"""


class ReceptionMiddleware:
    """Limits the bytes of request bodies in memory, for the process and for an address.

    A body counts from its first byte until its request ends. Beyond a limit, reading it raises
    :class:`TooMuchFromAddress` or :class:`TooMuchInReception`. An announced length does not
    count: a client that announces a body and sends none must not keep others out.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, max_bytes_per_address: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_bytes_per_address = max_bytes_per_address
        self._held = 0
        self._held_by: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        request = current_request()
        address = network_of(request.client_ip if request else None)
        held = 0

        async def counted_receive() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            if size:
                self._require_room(address, size)
                held += size
                self._held += size
                self._held_by[address] += size
            return message

        try:
            await self._app(scope, counted_receive, send)
        finally:
            if held:
                self._release(address, held)

    def _require_room(self, address: str, size: int) -> None:
        if self._held_by[address] + size > self._max_bytes_per_address:
            raise TooMuchFromAddress(retry_after=_RETRY_AFTER)
        if self._held + size > self._max_bytes:
            raise TooMuchInReception(retry_after=_RETRY_AFTER)

    def _release(self, address: str, size: int) -> None:
        self._held -= size
        self._held_by[address] -= size
        if not self._held_by[address]:
            del self._held_by[address]
