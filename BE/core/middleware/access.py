from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class AccessMiddleware:
    """Refuses callers that a route does not admit, before anything of the body is read."""

    def __init__(self, app: ASGIApp, *, find_route: Callable[[Scope], Scope | None]) -> None:
        """``find_route`` returns what to add to the scope of a request; see ``find_among``."""
        self._app = app
        self._find_route = find_route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found = self._find_route(scope)
            if found is not None:
                scope.update(found)
                await found["route"].admit(scope)
        await self._app(scope, receive, send)
