"""Metrics for Prometheus: of one process, or added up over all workers."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from BE.core.database.database import Database
from BE.core.events.deliveries import Backlog, Deliveries
from BE.core.exceptions import UnavailableError
from BE.core.http.access import SIGN_IN
from BE.core.http.routes import ModuleRouter, StrictRoute
from BE.core.jobs.stored_jobs import JobBacklog, StoredJobs
from BE.core.middleware.access_log import Observer
from BE.core.operations.pulse import SingleFlight
from BE.core.product import SLUG
from BE.core.security.passwords import Passwords
from BE.core.server.process import SHARED_FIGURES

_SAMPLE_INTERVAL = 5.0
_BACKLOG_TIMEOUT = 2.0
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_JOB_SECONDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            f"{SLUG}_http_request_duration_seconds",
            "Requests by route template, method and status.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refusals = self._counter(
            "http_refusals", "Requests refused before they reach the application.", "status"
        )
        self._sign_ins = self._counter("sign_ins", "Sign-ins with a password.", "outcome")
        self._deliveries = self._counter(
            "event_deliveries", "Attempts at durable deliveries.", "handler", "outcome"
        )
        self._jobs = Histogram(
            f"{SLUG}_job_duration_seconds",
            "Attempts at jobs by kind and outcome.",
            ("kind", "outcome"),
            buckets=_JOB_SECONDS,
            registry=self._registry,
        )
        self._cache = self._counter("cache_lookups", "Cache look-ups.", "outcome")
        self._streams = self._gauge("streams", "Open streams of changes.", "transport")
        self._stream_events = self._counter("stream_events", "Events sent on streams.")
        self._stream_resumes = self._counter("stream_resumes", "Streams that resumed.")
        self._stream_resets = self._counter(
            "stream_resets", "Streams whose reader has to fetch anew."
        )
        self._stream_cut_offs = self._counter(
            "stream_cut_offs", "Streams whose reader was too slow."
        )
        self._stream_lag = Histogram(
            f"{SLUG}_stream_lag_seconds",
            "From the writing of a change until it was sent on a stream.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._calls = Histogram(
            "bounded_outside_call_duration_seconds",
            "Calls to other systems by client and outcome.",
            ("client", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._circuits = self._gauge(
            "outside_circuits_open",
            "Systems not called for a while, because they do not answer.",
            "client",
        )
        self._connections = self._gauge("database_connections", "Connections of the pool.", "state")
        self._hashing = self._gauge("password_hashing", "Running and waiting.")
        # looking up a child costs more than observing with it
        self._request = cache(self._requests.labels)
        self._refusal = cache(self._refusals.labels)

    def observer(self, routers: Iterable[ModuleRouter]) -> Observer:
        """Records each request, and the outcome on the ``routers``' sign-in routes."""
        sign_ins = {
            route.path
            for router in routers
            for route in router.routes
            if isinstance(route, StrictRoute) and SIGN_IN in route.dependencies
        }

        def observe(route: str | None, method: str, status: int, seconds: float) -> None:
            method = method if method in _METHODS else "other"
            self._request(route or "unmatched", method, str(status)).observe(seconds)
            if route in sign_ins:
                self._sign_ins.labels(_outcome(status)).inc()

        return observe

    def refusal(self, status: int) -> None:
        self._refusal(str(status)).inc()

    def delivery(self, handler: str, *, is_done: bool) -> None:
        self._deliveries.labels(handler, "delivered" if is_done else "failed").inc()

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        self._jobs.labels(kind, outcome).observe(seconds)

    def cache_lookup(self, *, is_hit: bool) -> None:
        self._cache.labels("hit" if is_hit else "miss").inc()

    def stream_opened(self, transport: str, *, is_resumed: bool) -> None:
        self._streams.labels(transport).inc()
        if is_resumed:
            self._stream_resumes.inc()

    def stream_closed(self, transport: str) -> None:
        self._streams.labels(transport).dec()

    def stream_reset(self) -> None:
        self._stream_resets.inc()

    def stream_cut_off(self) -> None:
        self._stream_cut_offs.inc()

    def stream_message(self, lag: float | None) -> None:
        self._stream_events.inc()
        if lag is not None:
            self._stream_lag.observe(lag)

    def outside_call(self, client: str, outcome: str, seconds: float) -> None:
        self._calls.labels(client, outcome).observe(seconds)

    def open_circuits(self, client: str, count: int) -> None:
        self._circuits.labels(client).set(count)

    def sample(self, database: Database, passwords: Passwords) -> None:
        pool = database.pool
        self._connections.labels("idle").set(pool.idle)
        self._connections.labels("in_use").set(pool.in_use)
        self._hashing.set(passwords.in_hand)

    def exposition(self, backlog: Backlog | None, jobs: JobBacklog | None = None) -> bytes:
        """All metrics in Prometheus' text format."""
        registry = self._registry
        directory = os.environ.get(SHARED_FIGURES)
        if directory:
            _forget_dead_workers(Path(directory))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
        of_database = CollectorRegistry()
        if backlog is not None:
            of_database.register(_EventFamilies(backlog))
        if jobs is not None:
            of_database.register(_JobFamilies(jobs))
        return text + generate_latest(of_database)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{SLUG}_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(
            f"{SLUG}_{name}", text, labels, registry=self._registry, multiprocess_mode="livesum"
        )


class MetricsReport:
    """Joins the metrics of each process with those that the database holds for all."""

    def __init__(
        self,
        metrics: Metrics,
        database: Database,
        deliveries: Deliveries,
        jobs: StoredJobs,
        passwords: Passwords,
    ) -> None:
        self._metrics = metrics
        self._database = database
        self._events = SingleFlight(deliveries.backlog)
        self._jobs = SingleFlight(jobs.backlog)
        self._passwords = passwords

    @asynccontextmanager
    async def sampling(self) -> AsyncIterator[None]:
        sampling = asyncio.create_task(self._sample_on())
        try:
            yield
        finally:
            sampling.cancel()

    async def text(self) -> bytes:
        self._metrics.sample(self._database, self._passwords)
        backlog, jobs = await asyncio.gather(_answer(self._events), _answer(self._jobs))
        return await asyncio.to_thread(self._metrics.exposition, backlog, jobs)

    async def _sample_on(self) -> None:
        while True:
            self._metrics.sample(self._database, self._passwords)
            await asyncio.sleep(_SAMPLE_INTERVAL)


async def _answer[T](counting: SingleFlight[T]) -> T | None:
    """``None`` while the database does not answer: the other metrics are still reported."""
    try:
        async with asyncio.timeout(_BACKLOG_TIMEOUT):
            return await counting.result()
    except (TimeoutError, UnavailableError):
        return None


class _EventFamilies:
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[GaugeMetricFamily]:
        deliveries = GaugeMetricFamily(
            f"{SLUG}_events", "Durable deliveries that are not done.", labels=("state",)
        )
        deliveries.add_metric(("pending",), self._backlog.pending)
        deliveries.add_metric(("dead",), self._backlog.dead)
        yield deliveries
        yield GaugeMetricFamily(
            f"{SLUG}_events_overdue_seconds",
            "How long the delivery that waits longest is overdue.",
            self._backlog.overdue.total_seconds(),
        )


class _JobFamilies:
    def __init__(self, backlog: JobBacklog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[GaugeMetricFamily]:
        jobs = GaugeMetricFamily(f"{SLUG}_jobs", "Jobs that are not done.", labels=("state",))
        jobs.add_metric(("queued",), self._backlog.queued)
        jobs.add_metric(("running",), self._backlog.running)
        jobs.add_metric(("dead",), self._backlog.dead)
        yield jobs
        yield GaugeMetricFamily(
            f"{SLUG}_jobs_overdue_seconds",
            "How long the job that waits longest is overdue.",
            self._backlog.overdue.total_seconds(),
        )


def _outcome(status: int) -> str:
    if status < 400:  # noqa: PLR2004 - HTTP's classes
        return "success"
    if status == 429:  # noqa: PLR2004
        return "throttled"
    return "refused" if status < 500 else "failed"  # noqa: PLR2004


def _forget_dead_workers(directory: Path) -> None:
    """Leave workers that were killed out of the sums over those that run."""
    for file in directory.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)  # signal 0 only checks that the process exists
        except ProcessLookupError:
            mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]
