import logging
import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import current_request

log = structlog.get_logger("access")


class AccessLogMiddleware:
    """One line per request: what, for whom, how it ended, how long it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        finally:
            fields = {
                "method": scope["method"],
                "route": _template(scope),
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            }
            request = current_request()
            if request is not None and request.actor_id is not None:
                fields["user_id"] = str(request.actor_id)
            probed = scope["path"].startswith("/health/")
            log.log(logging.DEBUG if probed else logging.INFO, "request", **fields)


def _template(scope: Scope) -> Any:
    """The route's template, which names no id; ``None`` where no route matched."""
    route = scope.get("route")
    return getattr(route, "path", None)
