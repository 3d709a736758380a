"""Calls to other systems: retries, timeouts, limits, circuit breakers, and telemetry."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from BE.core.outside.answers import CallFailed, CircuitOpen, NoAnswer
from BE.core.outside.client import Bounds, OutsideClient
from BE.core.outside.outside import Outside
from BE.core.telemetry.tracing import Tracing
from tests.support.calls import (
    CountedCalls,
    OtherSystem,
    Respond,
    calling,
    other_system,
    respond_with,
)
from tests.support.events import eventually

SECRET = "a-secret-of-ours"


@pytest.fixture
async def system() -> AsyncIterator[OtherSystem]:
    async with other_system() as system:
        yield system


@pytest.fixture
def counted() -> CountedCalls:
    return CountedCalls()


@pytest.fixture
async def outside(counted: CountedCalls) -> AsyncIterator[Outside]:
    async with calling(counted) as outside:
        yield outside


@pytest.fixture
def client(outside: Outside) -> OutsideClient:
    return outside.operators_client("partner")


async def never_answer(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(_: asyncio.StreamWriter) -> None:
    pass


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


class TestRetries:
    @pytest.mark.parametrize(
        "respond",
        [respond_with("503 Away"), respond_with("502 Bad"), hang_up],
        ids=["503", "502", "none"],
    )
    async def test_a_brief_outage_is_retried(
        self, client: OutsideClient, system: OtherSystem, respond: Respond
    ) -> None:
        async def fail_at_first(writer: asyncio.StreamWriter) -> None:
            await (respond if len(system.requests) < 3 else respond_with("200 OK"))(writer)

        system.respond = fail_at_first

        assert (await client.get(system.url)).status == 200
        assert len(system.requests) == 3

    async def test_a_post_is_sent_once(self, client: OutsideClient, system: OtherSystem) -> None:
        system.respond = respond_with("503 Away")

        answer = await client.post(system.url, {"code": "1"})

        assert answer.status == 503
        assert len(system.requests) == 1

    async def test_a_repeatable_post_is_retried(
        self, client: OutsideClient, system: OtherSystem
    ) -> None:
        system.respond = hang_up

        with pytest.raises(NoAnswer):
            await client.send("POST", system.url, content=b"{}", is_repeatable=True)
        assert len(system.requests) == 3

    @pytest.mark.parametrize("status", ["400 Bad", "404 None", "500 Fault"])
    async def test_other_error_statuses_are_not_retried(
        self, client: OutsideClient, system: OtherSystem, status: str
    ) -> None:
        system.respond = respond_with(status)

        assert (await client.get(system.url)).status == int(status[:3])
        assert len(system.requests) == 1

    @pytest.mark.parametrize("pause", ["120", "Wed, 21 Oct 2026 07:28:00 GMT"])
    async def test_a_long_retry_after_is_not_waited_for(
        self, client: OutsideClient, system: OtherSystem, pause: str
    ) -> None:
        system.respond = respond_with(f"503 Away\r\nRetry-After: {pause}")

        assert (await client.get(system.url)).status == 503
        assert len(system.requests) == 1


class TestBounds:
    async def test_a_missing_answer_times_out(self, outside: Outside, system: OtherSystem) -> None:
        client = outside.operators_client("partner", Bounds(patience=0.1, attempts=2))
        system.respond = never_answer

        with pytest.raises(NoAnswer, match=r"0\.1 seconds"):
            await client.get(system.url)
        assert len(system.requests) <= 2  # on a busy machine the time may be over before it arrives

    async def test_all_attempts_together_have_a_deadline(
        self, outside: Outside, system: OtherSystem
    ) -> None:
        client = outside.operators_client("partner", Bounds(deadline=0.2, attempts=1000))
        system.respond = never_answer

        with pytest.raises(NoAnswer, match=r"0\.2 seconds"):
            await client.get(system.url)

    async def test_a_long_answer_is_not_read_to_its_end(
        self, client: OutsideClient, system: OtherSystem, counted: CountedCalls
    ) -> None:
        system.respond = flood

        with pytest.raises(CallFailed, match="more than 65536 bytes"):
            await client.get(system.url)
        assert len(system.requests) == 1
        assert counted.outcomes["partner", "failed"] == 1

    async def test_cookies_are_not_stored(self, client: OutsideClient, system: OtherSystem) -> None:
        system.respond = respond_with("200 OK\r\nSet-Cookie: session=theirs; Path=/")

        await client.get(system.url)
        await client.get(system.url)

        assert b"cookie" not in system.requests[1].lower()


class TestCircuit:
    async def test_a_long_outage_opens_the_circuit_until_a_trial_succeeds(
        self, outside: Outside, system: OtherSystem, counted: CountedCalls
    ) -> None:
        client = outside.operators_client("partner", Bounds(attempts=1, pause=0.2))
        system.respond = hang_up
        for _ in range(5):
            with pytest.raises(NoAnswer):
                await client.get(system.url)
        with pytest.raises(CircuitOpen):
            await client.get(system.url)
        requests_before = len(system.requests)
        system.respond = respond_with("200 OK")

        async def is_back() -> bool:
            try:
                return (await client.get(system.url)).is_ok
            except CircuitOpen:
                assert counted.open == {"partner": 1}
                return False

        await eventually(is_back)

        assert requests_before == 5
        assert counted.open == {"partner": 0}
        assert counted.outcomes["partner", "skipped"] >= 1

    async def test_one_trial_call_is_made_and_the_others_are_refused(
        self, outside: Outside, system: OtherSystem
    ) -> None:
        client = outside.operators_client("partner", Bounds(attempts=1, pause=0.05))
        system.respond = hang_up
        for _ in range(5):
            with pytest.raises(NoAnswer):
                await client.get(system.url)
        requests_before, answer = len(system.requests), asyncio.Event()

        async def slow(writer: asyncio.StreamWriter) -> None:
            await answer.wait()
            await respond_with("200 OK")(writer)

        system.respond = slow
        await asyncio.sleep(0.1)  # the pause
        calls = [asyncio.create_task(client.get(system.url)) for _ in range(10)]

        async def others_are_refused() -> bool:
            return sum(call.done() for call in calls) == 9

        await eventually(others_are_refused)
        answer.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

        assert sum(isinstance(outcome, CircuitOpen) for outcome in outcomes) == 9
        assert len(system.requests) == requests_before + 1

    async def test_each_system_has_its_own_circuit(
        self, outside: Outside, system: OtherSystem
    ) -> None:
        client = outside.operators_client("partner", Bounds(attempts=1))
        system.respond = hang_up
        for _ in range(6):
            with pytest.raises(CallFailed):
                await client.get(system.url)

        async with other_system() as healthy:
            assert (await client.get(healthy.url)).is_ok

    async def test_cancelled_calls_do_not_open_the_circuit(
        self, client: OutsideClient, system: OtherSystem
    ) -> None:
        system.respond = never_answer
        for number in range(1, 7):
            call = asyncio.create_task(client.get(system.url))

            async def is_requested(number: int = number) -> bool:
                return len(system.requests) == number

            await eventually(is_requested)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        system.respond = respond_with("200 OK")

        assert (await client.get(system.url)).is_ok


class TestTelemetry:
    async def test_outcomes_are_counted_by_client(
        self, client: OutsideClient, system: OtherSystem, counted: CountedCalls
    ) -> None:
        for status in ("200 OK", "302 Found", "404 None", "500 Fault"):
            system.respond = respond_with(status)
            await client.get(system.url)

        assert counted.outcomes == {
            ("partner", "answered"): 2,
            ("partner", "rejected"): 1,
            ("partner", "failed"): 1,
        }

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": f"Bearer {SECRET}"},
            {"Authorization": f"Bearer {SECRET}\n"},
            {"Authorization": f"Bearer {SECRET}é"},
        ],
        ids=["plain", "of two lines", "not ascii"],
    )
    async def test_secrets_appear_neither_in_logs_nor_in_errors(
        self,
        client: OutsideClient,
        system: OtherSystem,
        headers: dict[str, str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("DEBUG")
        system.respond = hang_up
        url = f"{system.url}?token={SECRET}"
        with structlog.testing.capture_logs() as lines, pytest.raises(CallFailed) as failure:
            await client.send("POST", url, headers, form={"password": SECRET}, is_repeatable=True)

        assert SECRET not in str(lines)
        assert SECRET not in repr(failure.value)
        assert failure.value.__cause__ is None

    async def test_an_attempt_is_a_span_without_path_and_query(self, system: OtherSystem) -> None:
        spans = InMemorySpanExporter()
        tracing = Tracing(SimpleSpanProcessor(spans))
        assert tracing.tracer is not None
        outside = Outside(CountedCalls(), tracing.tracer)
        system.respond = respond_with("503 Away")
        async with outside.open():
            client = outside.operators_client("partner", Bounds(attempts=2))
            await client.get(system.url)  # outside a trace
            with tracing.tracer.start_as_current_span("a request"):
                await client.get(f"{system.url}?token={SECRET}")

        made = [span for span in spans.get_finished_spans() if span.name != "a request"]
        assert [span.name for span in made] == ["GET partner"] * 2
        assert made[0].attributes == {
            "http.request.method": "GET",
            "server.address": "127.0.0.1",
            "bounded.client": "partner",
            "error.type": "_Away",
        }
