"""Unexpected errors for Sentry: what failed and where, and no user input.

Each log line that is an error with a traceback is reported: a request answered with 500, a dead
delivery, a background task that failed. Sentry's SDK is optional.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, cast

from BE.core.context import current_request

if TYPE_CHECKING:
    from sentry_sdk.client import Client
    from sentry_sdk.types import Event, Hint

_FLUSH_TIMEOUT = 2.0
_TAGS = ("request_id", "handler", "event_name", "event_id")
_KEPT = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "release",
    "environment",
    "server_name",
    "transaction",
    "tags",
    "exception",
)
_KEPT_OF_FRAMES = (
    "abs_path",
    "context_line",
    "filename",
    "function",
    "in_app",
    "lineno",
    "module",
    "post_context",
    "pre_context",
)


def is_installed() -> bool:
    try:
        import_module("sentry_sdk")
    except ImportError:
        return False
    return True


class FaultReports:
    """Sends errors by ``client``. Without one it sends none."""

    def __init__(self, client: "Client | None") -> None:
        self._client = client

    @classmethod
    def to(cls, dsn: str | None, *, environment: str, release: str) -> Self:
        """Send to the project of ``dsn``; nothing without one or without the SDK."""
        if dsn is None or not is_installed():
            return cls(None)
        from sentry_sdk.client import Client

        return cls(
            Client(
                dsn=dsn,
                environment=environment,
                release=release,
                default_integrations=False,  # they would send headers, arguments and log lines
                auto_enabling_integrations=False,
                auto_session_tracking=False,
                before_send=_stripped,
                include_local_variables=False,
                max_breadcrumbs=0,
                max_request_body_size="never",
                send_client_reports=False,
            )
        )

    def report(self, error: Any, line: dict[str, Any]) -> None:
        """Send ``error``, the log's ``exc_info``, with ids from its line."""
        if self._client is None:
            return
        from sentry_sdk.utils import event_from_exception, exc_info_from_error

        given = error if isinstance(error, tuple) else exc_info_from_error(error)
        event, hint = event_from_exception(given, client_options=self._client.options)
        request = current_request()
        route = request.route if request is not None else None
        event["logger"] = str(line.get("event"))
        event["tags"] = {name: str(line[name]) for name in _TAGS if name in line}
        if route is not None:
            event["tags"]["route"] = route
        event["transaction"] = route or str(line.get("handler", "background"))
        self._client.capture_event(event, hint)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """After the block, send the rest, for at most two seconds."""
        try:
            yield
        finally:
            if self._client is not None:
                await asyncio.to_thread(self._client.close, _FLUSH_TIMEOUT)


def _stripped(event: "Event", _: "Hint") -> "Event":
    """Keep only harmless fields: the message of an error can contain user input."""
    kept: Any = {name: value for name, value in event.items() if name in _KEPT}
    for error in kept["exception"]["values"]:
        error["value"] = "see the log"
        for frame in (error.get("stacktrace") or {}).get("frames", ()):
            for name in [*frame]:
                if name not in _KEPT_OF_FRAMES:
                    del frame[name]
    return cast("Event", kept)
