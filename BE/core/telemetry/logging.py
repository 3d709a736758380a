"""Structured logs: one format for our own lines and those of every library."""

import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from typing import Any, BinaryIO, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from BE.core.text import escaped

_MULTILINE = {"exception", "stack"}
_SECRET_KEYS = ("password", "secret", "token", "authorization", "cookie")


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if _is_secret(str(key)):
            event[key] = "[redacted]"
        elif isinstance(value, dict):
            event[key] = _redact(_, __, dict(value))
    return event


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return any(secret in key.lower() for secret in _SECRET_KEYS)


def _escape(_: Any, __: str, event: EventDict) -> EventDict:
    """Escape control characters: a terminal must not execute a client's input."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = escaped(value, keep="\n\t" if key in _MULTILINE else "")
    return event


def _plain_traceback(output: TextIO, error: ExcInfo) -> None:
    """Without local variables, which rich prints: they can include passwords."""
    text = StringIO()
    structlog.dev.plain_traceback(text, error)
    output.write(escaped(text.getvalue(), keep="\n\t"))


def _to_json(event: Any, **_: Any) -> bytes:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)
    except TypeError:  # a lone surrogate, a number of more than 64 bits
        return json.dumps(event, default=_as_text).encode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return repr(value)


def _to_text(event: Any, **_: Any) -> str:
    return _to_json(event).decode()


_FIELDS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _JsonLines:
    """Writes a line with the fields of the processors above, in a fifth of their time.

    A line that cannot be written is dropped, as the standard library's handlers do.
    """

    def __init__(self, output: BinaryIO, *, name: str, level: str) -> None:
        self._output = output
        self._name = name
        self._level = logging.getLevelNamesMapping()[level]

    def log(self, level: int, event: str, **fields: Any) -> None:
        if level < self._level:
            return
        line = structlog.contextvars.get_contextvars() | fields
        line["event"] = event
        line["level"] = logging.getLevelName(level).lower()
        line["logger"] = self._name
        line["timestamp"] = datetime.now(UTC)
        with suppress(OSError):
            self._output.write(_to_json(_redact(None, "", line)) + b"\n")
            self._output.flush()

    def info(self, event: str, **fields: Any) -> None:
        self.log(logging.INFO, event, **fields)


type Style = Literal["console", "json"]
type Report = Callable[[Any, dict[str, Any]], None]
"""Receives the ``exc_info``, and the fields of the line."""


class _Reporter(logging.Handler):
    """Passes on errors with a traceback: ours, and those of libraries."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.ERROR)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        line = record.msg if isinstance(record.msg, dict) else {"event": record.name}
        error = record.exc_info or line.get("exc_info")
        # the reporter's own errors are not reported
        if error and not record.name.startswith("sentry_sdk"):
            try:
                self._report(sys.exc_info() if error is True else error, line)
            except Exception:  # noqa: BLE001 - a log line must not break the code that it logs
                self.handleError(record)


def configure_logging(*, style: Style, level: str, report: Report | None = None) -> None:
    """``report`` is called with each error that is logged with its traceback."""
    shared: list[Processor] = [*_FIELDS, structlog.stdlib.ExtraAdder(), _redact]
    renderers: list[Processor]
    if style == "json":
        renderers = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_to_text),
        ]
    else:
        colors = sys.stderr.isatty()
        renderers = [
            _escape,
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_plain_traceback),
        ]

    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler] if report is None else [handler, _Reporter(report)]
    root.setLevel(level)
    for library in ("uvicorn", "alembic", "sqlalchemy", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # it warns about malformed requests, which the access log reports
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def access_logger(*, style: Style, level: str) -> Any:
    """A logger for the many lines of requests: as JSON it avoids everything slow."""
    if style == "console":
        return structlog.get_logger("access")
    return _JsonLines(sys.stderr.buffer, name="access", level=level)
