import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import RequestContext, current_request
from BE.core.http.paths import is_probe

type Observer = Callable[[str | None, str, int, float], None]


class AccessLogMiddleware:
    """Logs a line for each request: route, user, status, duration.

    A stream has one when it opens, which observers receive, and one at its end.
    """

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
        status, is_open = 0, False

        async def recording_send(message: Message) -> None:
            nonlocal status, is_open
            if message["type"] == "http.response.start":
                status = message["status"]
                request = current_request()
                is_open = request is not None and request.events_sent is not None
                if is_open:
                    self._observe(scope, status, started)
                    self._log.info("stream_opened", **_fields(scope, status, started))
            await send(message)

        try:
            await self._app(scope, receive, recording_send)
        finally:
            fields = _fields(scope, status, started)
            if is_open:
                self._log.info("stream_ended", **fields)
            else:
                self._observe(scope, status, started)
                level = logging.DEBUG if is_probe(scope["path"]) else logging.INFO
                self._log.log(level, "request", **fields)

    def _observe(self, scope: Scope, status: int, started: float) -> None:
        seconds = time.perf_counter() - started
        for observe in self._observers:
            observe(_template(scope), scope["method"], status, seconds)


def _fields(scope: Scope, status: int, started: float) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "method": scope["method"],
        "route": _template(scope),
        "status": status,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    request = current_request()
    if request is None:
        return fields
    if request.actor_id is not None:
        fields["user_id"] = str(request.actor_id)
    if request.api_key_id is not None:
        fields["api_key_id"] = str(request.api_key_id)
    if request.events_sent is not None:
        fields["events"] = request.events_sent
    if request.refused_as is not None:
        fields |= _refusal(request)
    return fields


def _refusal(request: RequestContext) -> dict[str, Any]:
    """The fields that show an attack: the address, and the account if the caller named one."""
    fields = {"code": request.refused_as, "client_ip": request.client_ip}
    if request.email_digest is not None:
        fields["email_digest"] = request.email_digest
    return fields


def _template(scope: Scope) -> Any:
    """The route's template, which contains no id; ``None`` where no route matched."""
    route = scope.get("route")
    return getattr(route, "path", None)
