from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.paths import VERSIONS
from BE.core.http.raw_headers import RawHeaders, add_headers, raw
from BE.core.http.security_headers import security_headers

_NO_STORE = "no-store"
_REVALIDATE = "private, no-cache"


class SecurityHeadersMiddleware:
    """Adds the security headers, and to each answer of the API who may store it.

    Answers below paths with tokens are never stored. The browser of one user stores the others and
    revalidates each time, as another user may now use it. No proxy may transform an answer that has
    an ETag: one that compresses weakens it, and ``If-Match`` compares strongly. An answer with its
    own caching headers is left alone.
    """

    def __init__(self, app: ASGIApp, *, https_only: bool, no_store_under: tuple[str, ...]) -> None:
        self._app = app
        self._no_store_under = no_store_under
        self._headers = raw(security_headers(https_only=https_only))
        self._no_store = self._with_caching(_NO_STORE)
        self._revalidate = self._with_caching(_REVALIDATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        plain = with_etag = self._headers
        if scope["path"].startswith(self._no_store_under):
            plain, with_etag = self._no_store
        elif scope["path"].startswith(VERSIONS):
            plain, with_etag = self._revalidate

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                if b"cache-control" in names:
                    add_headers(message, self._headers)
                else:
                    add_headers(message, with_etag if b"etag" in names else plain)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _with_caching(self, value: str) -> tuple[RawHeaders, RawHeaders]:
        """The headers of an answer without an ETag, and of one with it."""
        return (
            [*self._headers, *raw({"Cache-Control": value})],
            [*self._headers, *raw({"Cache-Control": f"{value}, no-transform"})],
        )
