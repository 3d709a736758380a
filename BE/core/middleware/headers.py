from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.raw_headers import add_headers, raw
from BE.core.http.security_headers import security_headers


class SecurityHeadersMiddleware:
    """Adds the security headers, and ``no-store`` where tokens travel."""

    def __init__(self, app: ASGIApp, *, https_only: bool, no_store_under: tuple[str, ...]) -> None:
        self._app = app
        self._no_store_under = no_store_under
        self._headers = raw(security_headers(https_only=https_only))
        self._private = [*self._headers, *raw({"Cache-Control": "no-store"})]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        no_store = scope["path"].startswith(self._no_store_under)
        added = self._private if no_store else self._headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message, added)
            await send(message)

        await self._app(scope, receive, send_with_headers)
