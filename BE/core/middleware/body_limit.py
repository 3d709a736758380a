from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import PayloadTooLargeError
from BE.core.http.access import is_identified
from BE.core.http.raw_headers import header_of


class BodyLimitMiddleware:
    """Raises :class:`PayloadTooLargeError` into whoever reads more of a body than is allowed.

    FastAPI's own limit answers in plain text, past our error shape.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, of_strangers: int, small: str) -> None:
        """``of_strangers`` is the limit without a valid token, and for every path under ``small``.

        Both are in bytes.
        """
        self._app = app
        self._max_bytes = max_bytes
        self._of_strangers = min(of_strangers, max_bytes)
        self._small = f"{small}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_large = is_identified(scope) and not scope["path"].startswith(self._small)
        max_bytes = self._max_bytes if is_large else self._of_strangers
        declared = header_of(scope, b"content-length")
        too_large = declared.isdecimal() and int(declared) > max_bytes
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            if too_large:
                raise PayloadTooLargeError
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise PayloadTooLargeError
            return message

        await self._app(scope, limited_receive, send)
