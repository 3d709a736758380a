from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import Span, TracerProvider, get_current_span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import current_request
from BE.core.http.paths import is_probe


class TracingMiddleware:
    """Adds the route, the request id and the user to the span that FastAPI made."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        span, request = get_current_span(), current_request()
        if request is None or not span.is_recording():
            await self._app(scope, receive, send)
            return

        async def annotating_send(message: Message) -> None:
            if message["type"] == "http.response.start":  # with the last of the body it ends
                _name(span, scope)
                span.set_attribute("bounded.request_id", request.request_id)
                if request.actor_id is not None:
                    span.set_attribute("user.id", str(request.actor_id))
            await send(message)

        await self._app(scope, receive, annotating_send)


def _name(span: Span, scope: Scope) -> None:
    """As FastAPI does for the routes that it finds itself."""
    template = getattr(scope.get("route"), "path_format", None)
    if template is not None:
        span.set_attribute("http.route", template)
        span.update_name(f"{scope['method']} {template}")


def telemetry(provider: TracerProvider | None) -> TelemetryConfig:
    """Only spans of requests: FastAPI's logs contain messages, and we have our own metrics."""
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "exclude": lambda scope: is_probe(scope["path"]),
        "operation_spans": False,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
    }
