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


class _Room:
    """The bytes that a process may hold, of which an address may hold a part."""

    def __init__(self, *, most: int, most_of_address: int) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._held = 0
        self._held_by: Counter[str] = Counter()

    def take(self, address: str, size: int) -> None:
        """Raises :class:`TooMuchFromAddress`, :class:`TooMuchInReception`."""
        if self._held_by[address] + size > self._most_of_address:
            raise TooMuchFromAddress(retry_after=_RETRY_AFTER)
        if self._held + size > self._most:
            raise TooMuchInReception(retry_after=_RETRY_AFTER)
        self._held += size
        self._held_by[address] += size

    def give_back(self, address: str, size: int) -> None:
        self._held -= size
        self._held_by[address] -= size
        if not self._held_by[address]:
            del self._held_by[address]


class ReceptionMiddleware:
    """Limits the bytes of request bodies in memory, for the process and for an address.

    A body counts from its first byte until its request ends. Beyond a limit, reading it raises
    :class:`TooMuchFromAddress` or :class:`TooMuchInReception`. An announced length does not count:
    a client that announces a body and sends none must not keep others out.

    Bytes beyond the size of an ordinary body are a file, and count separately: the sender of a
    large file delays only others that send one.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        max_bytes_per_address: int,
        max_body_bytes: int,
        max_file_bytes: int,
    ) -> None:
        """One body of ``max_body_bytes`` always has room, and one file of ``max_file_bytes``."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._bodies = _Room(
            most=max(max_bytes, max_body_bytes),
            most_of_address=max(max_bytes_per_address, max_body_bytes),
        )
        self._files = _Room(most=max_file_bytes, most_of_address=max_file_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        request = current_request()
        address = network_of(request.client_ip if request else None)
        of_body = of_file = 0

        async def counted_receive() -> Message:
            nonlocal of_body, of_file
            message = await receive()
            size = len(message.get("body", b""))
            if of_body + size <= self._max_body_bytes:
                self._bodies.take(address, size)
                of_body += size
            else:
                self._files.take(address, size)
                of_file += size
            return message

        try:
            await self._app(scope, counted_receive, send)
        finally:
            self._bodies.give_back(address, of_body)
            self._files.give_back(address, of_file)
