"""Runs one attempt at a job, and records how it ended."""

import asyncio
import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import structlog
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer

from BE.core.durable.attempts import LeaseLost, enter_attempt, error_text, storable
from BE.core.durable.codec import decode
from BE.core.durable.retries import NO_RETRIES
from BE.core.exceptions import PermanentFailure
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.handlers import Handled
from BE.core.jobs.job import JobRefused
from BE.core.jobs.queue import Claimed
from BE.core.jobs.run import JobCancelled, Run, as_json
from BE.core.telemetry.tracing import context_of, span_of

log = structlog.get_logger(__name__)

type Interruption = Literal["lease lost", "cancelled", "stopping"]
type Outcome = Literal["done", "retried", "failed", "cancelled", "interrupted"]

_OUTCOMES: dict[str, Outcome] = {"queued": "retried", "failed": "failed", "cancelled": "cancelled"}
"""The outcome of a failure, by the state of its job."""


@dataclass(slots=True)
class Attempt:
    """A job that this process works on."""

    claimed: Claimed
    handled: Handled
    run: Run
    extended_at: float
    """When its lease was last known to be valid; times are those of the event loop."""
    stop_at: float | None = None
    """When to stop a handler that goes on after a cancellation."""
    interruption: Interruption | None = None
    """Why its task was cancelled."""
    is_ending: bool = False
    """Its handler has ended: only the outcome remains to be recorded."""

    @property
    def is_settled(self) -> bool:
        """Whether its outcome is being written, so that its lease no longer matters."""
        return self.is_ending or self.run.is_finished


class JobRunner:
    def __init__(self, claims: JobClaims, tracer: Tracer | None = None) -> None:
        self._claims = claims
        self._tracer = tracer or NoOpTracer()

    async def run(self, attempt: Attempt) -> Outcome:
        """Must be called in a task of its own."""
        claimed = attempt.claimed
        enter_attempt(claimed, job=claimed.kind, job_id=str(claimed.id))
        try:
            return await self._run(attempt)
        except LeaseLost:
            log.warning("job_lease_lost")
            return "interrupted"
        except Exception:
            log.exception("job_outcome_unknown")  # then its lease ends, and any process retries
            return "interrupted"

    async def _run(self, attempt: Attempt) -> Outcome:
        claimed, run, kept = attempt.claimed, attempt.run, attempt.handled.kept
        try:
            result = await self._handle(attempt)
        except asyncio.CancelledError as error:
            if attempt.interruption == "lease lost":
                raise LeaseLost from None
            if attempt.interruption == "stopping":
                raise
            if attempt.interruption is None:  # something that the handler awaited was cancelled
                return await self._fail(attempt, error)
            await self._claims.cancel(claimed, kept=kept)
            return "cancelled"
        except LeaseLost:
            raise
        except JobRefused as refusal:
            await self._claims.refuse(claimed, storable(str(refusal)), kept=kept)
            return "failed"
        except Exception as error:  # noqa: BLE001 - it is recorded, and retried
            if run.cancelled or isinstance(error, JobCancelled):
                await self._claims.cancel(claimed, kept=kept)
                return "cancelled"
            return await self._fail(attempt, error)
        if not run.is_finished:
            await self._claims.finish(claimed, result, kept=kept)
        return "done"

    async def _handle(self, attempt: Attempt) -> str | None:
        """The handler's result. Once it has ended, nothing stops the attempt any more."""
        try:
            with self._span(attempt.claimed):
                job = decode(attempt.handled.job_type, attempt.claimed.payload)
                return as_json(await attempt.handled.handler(job, attempt.run))
        finally:
            attempt.is_ending = True

    async def _fail(self, attempt: Attempt, error: BaseException) -> Outcome:
        is_permanent = isinstance(error, PermanentFailure)
        retries = NO_RETRIES if is_permanent else attempt.handled.retries
        state = await self._claims.fail(
            attempt.claimed, error_text(error), retries, kept=attempt.handled.kept
        )
        level = logging.ERROR if state == "failed" else logging.WARNING
        log.log(level, "job_failed", attempt=attempt.claimed.attempts, state=state, exc_info=error)
        return _OUTCOMES[state]

    def _span(self, claimed: Claimed) -> AbstractContextManager[None]:
        """A span whose parent is the span that enqueued the job."""
        attributes: dict[str, str | int] = {
            "bounded.job_id": str(claimed.id),
            "bounded.attempt": claimed.attempts,
        }
        if claimed.request_id is not None:
            attributes["bounded.request_id"] = claimed.request_id
        if claimed.owner_id is not None:
            attributes["user.id"] = str(claimed.owner_id)
        name, context = f"run {claimed.kind}", context_of(claimed.trace)
        return span_of(self._tracer, name, SpanKind.CONSUMER, attributes, context=context)
