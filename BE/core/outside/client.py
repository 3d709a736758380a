"""Calls of one kind, under a name that logs and metrics show."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import httpx
import structlog
from opentelemetry.trace import SpanKind, Tracer, get_current_span
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from BE.core.outside.answers import Answer, CallFailed, NoAnswer
from BE.core.outside.circuits import Circuits
from BE.core.telemetry.tracing import span_of

log = structlog.get_logger(__name__)

_IDEMPOTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT"})
_UNAVAILABLE = frozenset({502, 503, 504})
_LONGEST_PAUSE = 1.0  # seconds


class CallMetrics(Protocol):
    def outside_call(self, client: str, outcome: str, seconds: float) -> None: ...

    def open_circuits(self, client: str, count: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of our time and memory a call may take. Times are in seconds."""

    deadline: float = 8.0
    """For all attempts."""
    patience: float = 5.0
    """For one."""
    pause: float = 3.0
    """How long not to call a system that did not answer: less than callers wait themselves."""
    attempts: int = 3
    max_bytes: int = 64 * 1024
    truncates: bool = False
    """Whether the rest of a longer answer is left unread; otherwise the answer is refused."""
    breaks: bool = True
    """Whether a system that fails repeatedly is not called for the pause."""
    connections: int = 10
    """How many at once, to all systems together."""


class _Away(NoAnswer):
    """A proxy answers for a system that does not."""

    def __init__(self, answer: Answer, pause: str) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer
        self.requests_pause = not pause.isdecimal() or float(pause) > _LONGEST_PAUSE


class OutsideClient:
    """Follows no redirect, and reads no more than a bound.

    Calls are retried while the other system does not answer, if they are idempotent or the caller
    says so.
    """

    def __init__(
        self,
        name: str,
        http: httpx.AsyncClient,
        bounds: Bounds,
        metrics: CallMetrics,
        tracer: Tracer | None,
    ) -> None:
        self._name = name
        self._http = http
        self._bounds = bounds
        self._metrics = metrics
        self._tracer = tracer
        self._circuits = Circuits(name, (NoAnswer,), metrics.open_circuits, pause=bounds.pause)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises :class:`CallFailed`."""
        return await self.send("GET", url, headers)

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises :class:`CallFailed`."""
        return await self.send("POST", url, headers, form=form)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        is_repeatable: bool | None = None,
    ) -> Answer:
        """Raises :class:`CallFailed`."""
        # uncompressed: a compressed answer could expand to any size
        usual = {"Accept": "application/json", "Accept-Encoding": "identity"}
        with self._observed(method) as outcomes:
            try:
                request = self._http.build_request(
                    method, url, headers=usual | {**(headers or {})}, data=form, content=content
                )
            except (httpx.InvalidURL, ValueError, TypeError):
                raise CallFailed("it has no address that can be called") from None
            may_repeat = method in _IDEMPOTENT if is_repeatable is None else is_repeatable
            answer = await self._send(request, self._bounds.attempts if may_repeat else 1)
            outcomes.append(answer.outcome)
            return answer

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, request: httpx.Request, attempts: int) -> Answer:
        repeated = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_PAUSE),
            retry=retry_if_exception_type(NoAnswer) & _requests_no_pause,
            before_sleep=self._log_repeat,
            reraise=True,
        )
        try:
            async with asyncio.timeout(self._bounds.deadline):
                return await repeated(self._attempt, request)
        except _Away as away:
            return away.answer
        except TimeoutError:
            raise NoAnswer(f"no answer in {self._bounds.deadline:g} seconds") from None

    async def _attempt(self, request: httpx.Request) -> Answer:
        with self._closed(request), self._traced(request):
            try:
                async with asyncio.timeout(self._bounds.patience):
                    answer, pause = await self._exchange(request)
            except TimeoutError:
                raise NoAnswer(f"no answer in {self._bounds.patience:g} seconds") from None
            if answer.status in _UNAVAILABLE:
                raise _Away(answer, pause)
            return answer

    async def _exchange(self, request: httpx.Request) -> tuple[Answer, str]:
        """The answer, and the pause that it requests."""
        try:
            answer = await self._http.send(request, stream=True)
            try:
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > self._bounds.max_bytes:
                        if self._bounds.truncates:
                            break
                        raise CallFailed(f"more than {self._bounds.max_bytes} bytes")
            finally:
                await answer.aclose()
        except httpx.ConnectError as error:
            raise NoAnswer(str(error)) from None
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise NoAnswer(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # only its name: the message may repeat a header
            raise CallFailed(type(error).__name__) from None
        body = body[: self._bounds.max_bytes]
        return Answer(answer.status_code, bytes(body)), answer.headers.get("Retry-After", "0")

    def _closed(self, request: httpx.Request) -> AbstractContextManager[None]:
        if not self._bounds.breaks:
            return nullcontext()
        return self._circuits.of(_system(request.url)).closed()

    @contextmanager
    def _observed(self, method: str) -> Iterator[list[str]]:
        """Count the outcome that the block appends, or its failure."""
        began, outcomes = perf_counter(), list[str]()
        try:
            yield outcomes
        except CallFailed as failure:
            outcomes.append(failure.outcome)
            raise
        finally:
            outcome = outcomes[-1] if outcomes else "cancelled"
            seconds = perf_counter() - began
            self._metrics.outside_call(self._name, outcome, seconds)
            log.debug("outside_call", client=self._name, method=method, outcome=outcome)

    def _traced(self, request: httpx.Request) -> AbstractContextManager[None]:
        """A span for an attempt, only inside a trace, without path and query."""
        if self._tracer is None or not get_current_span().get_span_context().is_valid:
            return nullcontext()
        attributes = {
            "http.request.method": request.method,
            "server.address": request.url.host,
            "bounded.client": self._name,
        }
        name = f"{request.method} {self._name}"
        return span_of(self._tracer, name, SpanKind.CLIENT, attributes)

    def _log_repeat(self, state: RetryCallState) -> None:
        failure = state.outcome and state.outcome.exception()
        log.info("outside_call_repeated", client=self._name, reason=str(failure))


def _requests_no_pause(state: RetryCallState) -> bool:
    failure = state.outcome and state.outcome.exception()
    return not (isinstance(failure, _Away) and failure.requests_pause)


def _system(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii').rpartition('@')[2]}"
