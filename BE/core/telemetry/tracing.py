"""Spans for an OpenTelemetry collector: requests, their SQL, and the deliveries of their events.

The API of OpenTelemetry comes with FastAPI; the SDK and the exporter are optional.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from inspect import cleandoc
from threading import Thread
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from BE.core.product import SLUG

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_FLUSH_TIMEOUT = 2.0
_PRIVATE = ("url.path", "url.query")  # searches, cursors and other user input

_w3c = TraceContextTextMapPropagator()


def is_installed() -> bool:
    try:
        import_module(_EXPORTER)
    except ImportError:
        return False
    return True


class Tracing:
    """Makes spans for ``processor``, without private attributes. Without one it makes none."""

    def __init__(self, processor: "SpanProcessor | None") -> None:
        self.provider = _provider_of(processor) if processor else None
        self.tracer = self.provider.get_tracer(SLUG) if self.provider else None

    @classmethod
    def to(cls, endpoint: str | None) -> "Tracing":
        """Send spans to ``endpoint``; none without an endpoint or without the exporter."""
        if endpoint is None or not is_installed():
            return cls(None)
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        return cls(BatchSpanProcessor(exporter))

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """After the block, send the remaining spans, for at most two seconds."""
        try:
            yield
        finally:
            if self.provider is not None:
                closing = Thread(target=self.provider.shutdown, daemon=True)
                closing.start()
                await asyncio.to_thread(closing.join, _FLUSH_TIMEOUT)


def _provider_of(processor: "SpanProcessor") -> "TracerProvider":
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider

    class Redaction(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - named by the SDK
            for name in _PRIVATE:
                if name in (span.attributes or {}):
                    span.set_attribute(name, "REDACTED")

    named_here = Resource.create({"service.name": SLUG})
    provider = TracerProvider(resource=named_here.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(Redaction())
    provider.add_span_processor(processor)
    return provider


def current_trace() -> str | None:
    """The current span as W3C Trace Context, a JSON object; ``None`` outside a span."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return json.dumps(carrier) if carrier else None


def context_of(trace: str | None) -> Context:
    """The context that :func:`current_trace` recorded; an empty one for ``None``."""
    return _w3c.extract(json.loads(trace), Context()) if trace else Context()


def links_to(traces: Iterable[str | None]) -> list[Link]:
    spans = (get_current_span(context_of(trace)) for trace in traces if trace)
    return [Link(span.get_span_context()) for span in spans]


@contextmanager
def span_of(
    tracer: Tracer,
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, AttributeValue],
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[None]:
    """A span around the block; its parent is the current span, or that of ``context``.

    It records the type of an error, not the message, which can hold user input.
    """
    with tracer.start_as_current_span(
        name,
        context,
        kind,
        attributes,
        links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", type(error).__name__)
            raise


@contextmanager
def statement_span(tracer: Tracer, query: str) -> Iterator[None]:
    """A span for a statement, only inside a trace, without the values of its parameters."""
    if not get_current_span().get_span_context().is_valid:
        yield
        return
    text, _, _ = cleandoc(query).partition(";")  # the rest of a BEGIN names owners
    attributes = {"db.system.name": "postgresql", "db.query.text": text}
    with span_of(tracer, text.split(None, 1)[0], SpanKind.CLIENT, attributes):
        yield
