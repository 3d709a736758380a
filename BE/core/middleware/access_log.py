import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import RequestContext, current_request
from BE.core.http.paths import is_probe

type Observer = Callable[[str | None, str, int, float], None]


class AccessLogMiddleware:
    """Logs a line for each request: route, user, status, duration."""

    def __init__(self, app: ASGIApp, *, log: Any, observers: Sequence[Observer] = ()) -> None:
        """``observers`` receive the route's template, the method, the status and the seconds."""
        self._app = app
        self._log = log
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def recording_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, recording_send)
        finally:
            route, seconds = _template(scope), time.perf_counter() - started
            fields = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "duration_ms": round(seconds * 1000, 1),
            }
            for observe in self._observers:
                observe(route, scope["method"], status, seconds)
            request = current_request()
            if request is not None and request.actor_id is not None:
                fields["user_id"] = str(request.actor_id)
            if request is not None and request.refused_as is not None:
                fields |= _refusal(request)
            level = logging.DEBUG if is_probe(scope["path"]) else logging.INFO
            self._log.log(level, "request", **fields)


def _refusal(request: RequestContext) -> dict[str, Any]:
    """The fields that show an attack: the address, and the account if the caller named one."""
    fields = {"code": request.refused_as, "client_ip": request.client_ip}
    if request.email_digest is not None:
        fields["email_digest"] = request.email_digest
    return fields


def _template(scope: Scope) -> Any:
    """The route's template, which names no id; ``None`` where no route matched."""
    route = scope.get("route")
    return getattr(route, "path", None)
