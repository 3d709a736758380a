from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.http.paths import prefix_of
from BE.core.http.raw_headers import add_headers
from BE.core.http.routes import StrictRoute


class DeprecationMiddleware:
    """Adds to each answer of a deprecated route, errors included, when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_deprecation(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("route")
                if isinstance(route, StrictRoute) and route.deprecation is not None:
                    add_headers(message, route.deprecation.headers(prefix_of(scope)))
            await send(message)

        await self._app(scope, receive, send_with_deprecation if scope["type"] == "http" else send)
