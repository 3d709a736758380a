from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.exceptions import PayloadTooLargeError
from BE.core.http.callers import is_identified
from BE.core.http.raw_headers import header_of


class BodyLimitMiddleware:
    """Raises :class:`PayloadTooLargeError` if more of a body is read than is allowed.

    FastAPI's own limit answers in plain text, not in our error shape.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        max_anonymous_bytes: int,
        max_file_bytes: int,
        small_under: tuple[str, ...],
    ) -> None:
        """Limits are in bytes.

        ``max_anonymous_bytes`` applies without a valid token, and to paths below ``small_under``;
        ``max_file_bytes`` to routes that take files.
        """
        self._app = app
        self._max_bytes = max_bytes
        self._max_anonymous_bytes = min(max_anonymous_bytes, max_bytes)
        self._max_file_bytes = max(max_file_bytes, max_bytes)
        self._small_under = tuple(f"{prefix}/" for prefix in small_under)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._limit_of(scope)
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            if _declared_length(scope) > max_bytes:
                raise PayloadTooLargeError
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise PayloadTooLargeError
            return message

        await self._app(scope, limited_receive, send)

    def _limit_of(self, scope: Scope) -> int:
        if not is_identified(scope) or scope["path"].startswith(self._small_under):
            return self._max_anonymous_bytes
        takes_files = getattr(scope.get("route"), "takes_files", False)
        return self._max_file_bytes if takes_files else self._max_bytes


def _declared_length(scope: Scope) -> int:
    declared = header_of(scope, b"content-length")
    return int(declared) if declared.isdecimal() else 0
