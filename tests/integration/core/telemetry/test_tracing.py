"""A collector receives one trace from a request to its deliveries, without secrets."""

import json
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

import httpx
import pytest
from dependency_injector import providers
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from BE.core.database.connections import PooledConnection
from BE.core.events import Delivery
from BE.core.exceptions import UniqueViolationError
from BE.core.middleware.tracing import TracingMiddleware
from BE.core.telemetry.tracing import Tracing
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, client_of, sign_up, until_ready
from tests.support.events import Noticed, eventually

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-01"}

NEWEST = """
    SELECT trace FROM events.event
    WHERE name = 'user.registered'
    ORDER BY occurred_at DESC
    LIMIT 1
"""


class Spans:
    """The spans that have ended so far."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracing = Tracing(SimpleSpanProcessor(self.exporter))

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    async def named(self, name: str) -> ReadableSpan:
        return await self._first(lambda span: span.name == name)

    async def delivered_to(self, handler: str) -> ReadableSpan:
        return await self._first(
            lambda span: (span.attributes or {}).get("bounded.handler") == handler
        )

    async def _first(self, matches: Callable[[ReadableSpan], bool]) -> ReadableSpan:
        async def has_ended() -> bool:
            return any(map(matches, self.all))

        await eventually(has_ended)
        return next(filter(matches, self.all))

    def children_of(self, parent: ReadableSpan) -> list[str]:
        return [span.name for span in self.all if span.parent and span.parent == parent.context]

    def trace_into(self, container: Container) -> None:
        container.tracing.override(providers.Object(self.tracing))


def context_of(span: ReadableSpan) -> SpanContext:
    return cast("SpanContext", span.context)


def hex_trace(span: ReadableSpan) -> str:
    return trace.format_trace_id(context_of(span).trace_id)


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
async def traced(build_app: AppFactory, own_dsn: str, spans: Spans) -> AsyncIterator[FastAPI]:
    async with build_app(spans.trace_into, database_url=own_dsn) as app:
        yield app


@pytest.fixture
async def client(traced: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(traced) as client:
        yield client


class TestTraces:
    async def test_a_trace_spans_the_caller_the_request_its_commit_and_the_deliveries(
        self, client: httpx.AsyncClient, spans: Spans
    ) -> None:
        client.headers.update(TRACEPARENT)
        await sign_up(client)
        delivery = await spans.named("deliver user.registered")

        request = await spans.named("POST /api/v1/auth/register")
        assert request.parent is not None
        assert trace.format_span_id(request.parent.span_id) == SPAN_ID
        assert {"BEGIN", "INSERT", "COMMIT"} <= set(spans.children_of(request))
        assert delivery.parent is not None
        assert delivery.parent.is_remote
        assert delivery.parent.span_id == context_of(request).span_id
        assert "UPDATE" in spans.children_of(delivery)  # acknowledged
        kinds = {span.kind for span in (request, delivery)}
        assert kinds == {SpanKind.SERVER, SpanKind.CONSUMER}
        assert {hex_trace(span) for span in (request, delivery)} == {TRACE_ID}
        # statements of the relay itself are in no trace
        assert all(span.parent for span in spans.all if span.kind is SpanKind.CLIENT)

    async def test_link_a_batch_to_each_of_its_events(self, traced: FastAPI, spans: Spans) -> None:
        container = traced.state.container
        tracer = container.tracing().tracer
        with tracer.start_as_current_span("publisher"):
            async with container.database().transaction():
                await container.events().publish(
                    *(PasswordChanged(user_id=new_id(), by_link=False) for _ in range(2))
                )

        publisher = await spans.named("publisher")

        def linked() -> list[ReadableSpan]:
            return [
                span
                for span in spans.all
                if [link.context.span_id for link in span.links]
                == [context_of(publisher).span_id] * 2
            ]

        async def are_linked() -> bool:
            return bool(linked())

        await eventually(are_linked)
        assert {(span.name, span.parent) for span in linked()} == {("deliver together", None)}

    async def test_name_a_request_by_its_route_with_its_id_user_and_status(
        self, client: httpx.AsyncClient, spans: Spans
    ) -> None:
        ada = await sign_up(client)
        answer = await client.get(f"/api/v1/specimens/{new_id()}", headers=ada.headers)

        request = await spans.named("GET /api/v1/specimens/{specimen_id}")
        assert request.attributes is not None
        assert request.attributes["bounded.request_id"] == answer.headers["x-request-id"]
        assert request.attributes["user.id"] == ada.id
        assert request.attributes["http.response.status_code"] == 404
        assert request.attributes["http.route"] == "/api/v1/specimens/{specimen_id}"

    async def test_name_a_head_by_its_route_too(
        self, client: httpx.AsyncClient, spans: Spans
    ) -> None:
        ada = await sign_up(client)
        await client.head("/api/v1/specimens", headers=ada.headers)

        request = await spans.named("HEAD /api/v1/specimens")
        assert request.attributes is not None
        assert request.attributes["http.route"] == "/api/v1/specimens"

    async def test_leave_out_health_checks(self, client: httpx.AsyncClient, spans: Spans) -> None:
        client.headers.update(TRACEPARENT)
        await until_ready(client)

        assert spans.all == ()

    async def test_name_a_failed_delivery_by_the_type_of_its_error(
        self, build_app: AppFactory, spans: Spans
    ) -> None:
        async def fail(_: Noticed) -> None:
            raise ValueError("canary")

        def prepare(container: Container) -> None:
            spans.trace_into(container)
            container.events().subscribe(Noticed, fail, Delivery.DURABLE, name="test.fail")

        async with build_app(prepare) as app:
            container = app.state.container
            async with container.database().transaction():
                await container.events().publish(Noticed(number=1))
            delivery = await spans.delivered_to("test.fail")
            await container.database().execute(
                "DELETE FROM events.event WHERE name = 'test.noticed'"
            )

        assert delivery.status.status_code is StatusCode.ERROR
        assert delivery.attributes is not None
        assert delivery.attributes["error.type"] == "ValueError"
        assert "canary" not in delivery.to_json()


class TestPrivacy:
    async def test_spans_contain_no_data_of_users(
        self, client: httpx.AsyncClient, spans: Spans
    ) -> None:
        ada = await sign_up(client, full_name="Canary Lovelace")
        email = {"email": ada.email, "password": PASSWORD, "full_name": "Canary"}
        await client.post("/api/v1/auth/register", json=email)
        await client.post("/api/v1/auth/login", json={"email": ada.email, "password": "canary"})
        await client.get("/api/v1/specimens", params={"search": "canary"}, headers=ada.headers)
        await client.get("/canary/path")
        await spans.named("deliver user.registered")

        exported = "\n".join(span.to_json() for span in spans.all).lower()
        assert "/api/v1/specimens" in exported
        for secret in ("canary", ada.email, ada.token, PASSWORD, *client.cookies.values()):
            assert secret.lower() not in exported

    async def test_a_failed_statement_shows_no_values(self, traced: FastAPI, spans: Spans) -> None:
        """The driver's message quotes the row."""
        container = traced.state.container
        insert = "INSERT INTO events.event (id, name, version, payload, occurred_at)"
        twice = f"{insert} SELECT $1, 'canary', 1, '{{}}', now() FROM generate_series(1, 2)"
        event_id = new_id()
        with (
            container.tracing().tracer.start_as_current_span("request"),
            pytest.raises(UniqueViolationError),
        ):
            await container.database().execute(twice, event_id)

        statement = await spans.named("INSERT")
        assert statement.attributes is not None
        assert statement.attributes["db.query.text"] == twice
        assert statement.attributes["error.type"] == "UniqueViolationError"
        assert str(event_id) not in statement.to_json()


class TestSwitch:
    async def test_without_an_endpoint_there_is_no_span_and_no_wrapper(
        self, build_app: AppFactory, spans: Spans, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: spans.tracing.provider)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
        async with build_app() as app, client_of(app) as client:
            client.headers.update(TRACEPARENT)
            await sign_up(client)
            database = app.state.container.database()

            assert await database.fetchval(NEWEST) is None
            assert database._connector.connection_class is PooledConnection
            installed: list[object] = [middleware.cls for middleware in app.user_middleware]
            assert TracingMiddleware not in installed
        assert spans.all == ()

    async def test_an_endpoint_alone_turns_on_tracing_and_receives_all_spans(
        self, build_app: AppFactory
    ) -> None:
        received: list[tuple[str, bytes]] = []

        class Collector(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                received.append((self.path, self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
            Thread(target=collector.serve_forever, daemon=True).start()
            endpoint = f"http://127.0.0.1:{collector.server_port}/"
            async with (
                build_app(otel_exporter_otlp_endpoint=endpoint) as app,
                client_of(app) as client,
            ):
                await sign_up(client)
            collector.shutdown()

        assert {path for path, _ in received} == {"/v1/traces"}
        resources = [
            resource
            for _, body in received
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        ]
        names = {
            span.name for resource in resources for s in resource.scope_spans for span in s.spans
        }
        assert {"POST /api/v1/auth/register", "INSERT", "COMMIT"} <= names
        attributes = {
            pair.key: pair.value.string_value for pair in resources[0].resource.attributes
        }
        assert attributes["service.name"] == "bounded"

    async def test_an_event_is_stored_with_its_w3c_trace_context(
        self, traced: FastAPI, client: httpx.AsyncClient
    ) -> None:
        client.headers.update(TRACEPARENT | {"tracestate": "vendor=1"})
        await sign_up(client)

        stored = json.loads(await traced.state.container.database().fetchval(NEWEST))
        version, trace_id, _, flags = stored["traceparent"].split("-")
        assert (version, trace_id, flags, stored["tracestate"]) == (
            "00",
            TRACE_ID,
            "01",
            "vendor=1",
        )
