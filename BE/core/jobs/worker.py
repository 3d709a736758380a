"""Claims due jobs and works on them, in every process that runs jobs."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import structlog
from opentelemetry.trace import Tracer

from BE.core.database.database import Database
from BE.core.durable.turns import Turns
from BE.core.jobs.claims import Extension, JobClaims
from BE.core.jobs.handlers import Handled, JobHandlers
from BE.core.jobs.jobs import Jobs
from BE.core.jobs.queue import Claimed, JobQueue, Kind
from BE.core.jobs.run import Run
from BE.core.jobs.runner import Attempt, Interruption, JobRunner, Outcome

log = structlog.get_logger(__name__)

_REPORT_INTERVAL = 60.0
_PROGRESS_INTERVAL = 1.0
"""Seconds between two writes of progress."""
_EXTENSIONS = 10
"""How many times a lease is extended before it would end."""
_TOO_LATE = 0.8
"""The part of a lease after which a process that could not extend it must not rely on it."""
_GIVE_UP_TIMEOUT = 1.0


class OutcomeCounter(Protocol):
    """Counts attempts by how they end, and their seconds."""

    def job(self, kind: str, outcome: Outcome, seconds: float) -> None: ...


class JobWorker:
    """One per process; any number of them share a database."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        queue: JobQueue,
        claims: JobClaims,
        handlers: JobHandlers,
        *,
        at_once: int,
        poll: float = 1.0,
        idle_poll: float = 0,
        lease: float = 30,
        grace: float = 10,
        stop_timeout: float = 3,
        metrics: OutcomeCounter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """Times are in seconds.

        This process works on ``at_once`` jobs, and on those of kinds with places of their own. A
        handler that goes on for ``grace`` after a cancellation is stopped.
        """
        self._db = database
        self._queue = queue
        self._claims = claims
        self._handlers = handlers
        self._jobs = jobs
        self._at_once = at_once
        self._lease = lease
        self._grace = grace
        self._stop_timeout = stop_timeout
        self._metrics = metrics
        self._runner = JobRunner(claims, tracer)
        self._turns = Turns("jobs", jobs.filled, log, poll=poll, idle_poll=idle_poll)
        self._attempts: dict[asyncio.Task[None], Attempt] = {}
        self._report_at = 0.0
        self._full_kinds: set[Handled] = set()
        """The kinds whose places the last turn filled, so that more may be due."""

    @asynccontextmanager
    async def running(self, ready: asyncio.Event) -> AsyncIterator[None]:
        """Work while the block runs, from when ``ready`` is set.

        At its end nothing more is claimed. Running jobs may finish within ``stop_timeout``; then
        they are stopped, and another process continues them.
        """
        working = asyncio.create_task(self._work(ready))
        extending = asyncio.create_task(self._extend_on())
        try:
            yield
        finally:
            self._turns.stop()
            if not ready.is_set():
                working.cancel()
            await asyncio.wait([working, *self._attempts], timeout=self._stop_timeout)
            working.cancel()
            extending.cancel()
            await self._give_up()

    async def _work(self, ready: asyncio.Event) -> None:
        await ready.wait()
        self._report_at = time.monotonic() + _REPORT_INTERVAL
        await self._turns.take(self._turn, self._seconds_until_due, lambda: bool(self._attempts))

    async def _turn(self, woken: bool) -> bool:  # noqa: FBT001 - as Turns calls it
        """Claim due jobs; return whether there were any."""
        if not woken and time.monotonic() >= self._report_at:
            self._report_at = time.monotonic() + _REPORT_INTERVAL
            await self._report()
        before = len(self._attempts)
        shared = [handled for handled in self._handlers.all if handled.places is None]
        kinds = [handled for handled in shared if handled.at_once is None]
        limited = [handled for handled in shared if handled.at_once is not None]
        for is_limited in random.sample((True, False), 2):  # so that neither makes the other wait
            await (self._claim_limited(limited) if is_limited else self._claim(kinds))
        for handled in self._handlers.all:
            if handled.places is not None and self._free_of(handled):
                self._start(await self._take([handled]))
        self._full_kinds = {handled for handled in self._handlers.all if not self._free_of(handled)}
        return len(self._attempts) > before

    async def _claim(self, kinds: list[Handled]) -> None:
        if kinds and self._free:
            self._start(await self._take(kinds))

    async def _claim_limited(self, kinds: list[Handled]) -> None:
        """One kind after the other, so that all processes together respect its limit."""
        if not kinds or not self._free:
            return
        for kind in await self._queue.due_kinds([handled.kind for handled in kinds]):
            if self._free:
                handled = self._handlers.of(kind)
                async with self._db.transaction():
                    await self._queue.enter_queue_of(handled.kind)
                    claimed = await self._take([handled], at_once=handled.at_once)
                self._start(claimed)

    async def _take(self, kinds: list[Handled], at_once: int | None = None) -> list[Claimed]:
        has_suspect = any(attempt.claimed.is_suspect for attempt in self._attempts.values())
        return await self._queue.take(
            [Kind(handled.kind, handled.retries.attempts, handled.kept) for handled in kinds],
            free=self._free_of(kinds[0]),
            suspects=0 if has_suspect else 1,
            lease=timedelta(seconds=self._lease),
            at_once=at_once,
        )

    def _start(self, claimed: list[Claimed]) -> None:
        for job in claimed:
            handled = self._handlers.of(job.kind)
            run = Run(job, self._claims, kept=handled.kept)
            attempt = Attempt(job, handled, run, extended_at=time.monotonic())
            task = asyncio.create_task(self._run(attempt))
            self._attempts[task] = attempt
            task.add_done_callback(self._ended)

    async def _run(self, attempt: Attempt) -> None:
        began = time.monotonic()
        outcome = await self._runner.run(attempt)
        if self._metrics is not None:
            self._metrics.job(attempt.claimed.kind, outcome, time.monotonic() - began)

    def _ended(self, task: asyncio.Task[None]) -> None:
        attempt = self._attempts.pop(task)
        places = self._at_once if attempt.handled.places is None else attempt.handled.places
        makes_room = places - self._free_of(attempt.handled) in {0, places // 2}
        if (
            makes_room
            or attempt.handled in self._full_kinds
            or attempt.handled.at_once is not None
            or attempt.claimed.is_suspect
        ):
            self._jobs.filled.set()

    async def _extend_on(self) -> None:
        """Extend the leases, write progress, and notice cancellations."""
        extend_at = 0.0
        while True:
            await asyncio.sleep(min(_PROGRESS_INTERVAL, self._lease / _EXTENSIONS))
            now = time.monotonic()
            is_due = now >= extend_at
            attempts = [
                attempt
                for attempt in self._attempts.values()
                if not attempt.is_settled and (is_due or attempt.run.has_unwritten_progress)
            ]
            if attempts:
                await self._extend(attempts)
            if is_due:
                extend_at = now + self._lease / _EXTENSIONS
            self._enforce()

    async def _extend(self, attempts: list[Attempt]) -> None:
        extensions = [
            Extension(attempt.claimed, *(attempt.run.take_progress() or (None, None)))
            for attempt in attempts
        ]
        sent_at = time.monotonic()
        try:
            kept = await self._claims.extend(extensions, timedelta(seconds=self._lease))
        except Exception as error:  # noqa: BLE001 - a lease survives a few failures
            log.warning("job_leases_not_extended", reason=type(error).__name__)
            for attempt, unwritten in zip(attempts, extensions, strict=True):
                if unwritten.progress is not None:
                    attempt.run.restore_progress((unwritten.progress, unwritten.note))
            return
        for attempt in attempts:
            is_cancelled = kept.get(attempt.claimed.id)
            if is_cancelled is None:
                self._interrupt(attempt, "lease lost")
                continue
            attempt.extended_at = sent_at
            if is_cancelled and not attempt.run.cancelled:
                attempt.run.cancelled = True
                attempt.stop_at = sent_at + self._grace

    def _enforce(self) -> None:
        now = time.monotonic()
        for attempt in self._attempts.values():
            if now - attempt.extended_at > self._lease * _TOO_LATE:
                self._interrupt(attempt, "lease lost")
            elif attempt.stop_at is not None and now >= attempt.stop_at:
                self._interrupt(attempt, "cancelled")

    def _interrupt(self, attempt: Attempt, why: Interruption) -> None:
        """Stop the handler, unless it has just ended or is being stopped."""
        if attempt.interruption is None and not attempt.is_settled:
            attempt.interruption = why
            for task, running in self._attempts.items():
                if running is attempt:
                    task.cancel()

    async def _give_up(self) -> None:
        """Give back stopped jobs; the lease of a job that goes on ends, as if its process hung."""
        attempts = dict(self._attempts)
        if not attempts:
            return
        for task, attempt in attempts.items():
            if not attempt.is_ending:
                attempt.interruption = attempt.interruption or "stopping"
                task.cancel()
        ended, _ = await asyncio.wait(attempts, timeout=_GIVE_UP_TIMEOUT)
        stopped = [attempt for task, attempt in attempts.items() if task in ended]
        try:
            async with asyncio.timeout(_GIVE_UP_TIMEOUT):
                await self._claims.give_back(
                    [(attempt.claimed, attempt.handled.kept) for attempt in stopped]
                )
        except Exception as error:  # noqa: BLE001 - then their leases end
            log.warning("job_leases_kept", reason=type(error).__name__)

    async def _report(self) -> None:
        """Log jobs for another version of this program, or for a handler it lost."""
        for kind, count in await self._queue.unhandled(self._kinds):
            log.error("jobs_unhandled", job=kind, queued=count)

    async def _seconds_until_due(self) -> float | None:
        return await self._queue.seconds_until_due(self._kinds)

    @property
    def _kinds(self) -> list[str]:
        return [handled.kind for handled in self._handlers.all]

    @property
    def _free(self) -> int:
        """The places that the kinds without their own share."""
        running = sum(attempt.handled.places is None for attempt in self._attempts.values())
        return self._at_once - running

    def _free_of(self, handled: Handled) -> int:
        """The free places for this kind: its own, or the shared ones."""
        if handled.places is None:
            return self._free
        running = sum(attempt.handled is handled for attempt in self._attempts.values())
        return handled.places - running
