"""Kinds of jobs, and the objects with which one process runs them, on its own connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.durable.retries import Retries
from BE.core.events.outbox import Outbox
from BE.core.jobs import Enqueued, Job, JobHandlers, Jobs, Run
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import Claimed, JobQueue, Kind
from BE.core.jobs.stored_jobs import StoredJobs
from BE.core.jobs.worker import JobWorker
from tests.support.events import eventually

EFFECTS = "CREATE TABLE job_effect (id bigserial PRIMARY KEY, subject text, at timestamptz)"
KEPT = timedelta(days=7)
AT_ONCE = Retries(attempts=3, first=timedelta(0), longest=timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Job):
    kind = "count"

    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited(Job):
    kind = "limited"

    subject: str


type StartNode = Callable[..., Awaitable["JobNode"]]


class JobNode:
    """The objects with which one process runs jobs."""

    def __init__(self, database: Database, **worker: Any) -> None:
        self.db = database
        self.outbox = Outbox(database)
        self.handlers = JobHandlers(kept=KEPT)
        self.jobs = Jobs(database, self.outbox, self.handlers)
        self.queue = JobQueue(database, self.outbox)
        self.claims = JobClaims(database, self.outbox)
        self.stored = StoredJobs(database, self.jobs)
        options: dict[str, Any] = {"at_once": 10, "poll": 0.05} | worker
        self.worker = JobWorker(
            database, self.jobs, self.queue, self.claims, self.handlers, **options
        )

    async def enqueue(self, job: Job, **options: Any) -> Enqueued:
        async with self.db.transaction():
            return await self.jobs.enqueue(job, **options)

    async def count(self, job: Count | Limited, _: Run) -> Mapping[str, Any]:
        """A handler that leaves its effect in the database."""
        await self.db.execute(
            "INSERT INTO job_effect (subject, at) VALUES ($1, clock_timestamp())", job.subject
        )
        return {"counted": job.subject}

    async def effects(self) -> list[str]:
        rows = await self.db.fetch("SELECT subject FROM job_effect ORDER BY id")
        return [subject for (subject,) in rows]

    async def states(self) -> list[tuple[str, int]]:
        rows = await self.db.fetch("SELECT state, attempts FROM jobs.job ORDER BY id")
        return [tuple(row) for row in rows]

    async def row(self, job_id: UUID) -> Any:
        return await self.db.fetchrow("SELECT * FROM jobs.job WHERE id = $1", job_id)

    async def has_ended(self) -> bool:
        """Whether none is queued or running."""
        ended: bool = await self.db.fetchval(
            "SELECT NOT EXISTS (SELECT FROM jobs.job WHERE state IN ('queued', 'running'))"
        )
        return ended

    async def settled(self) -> None:
        await eventually(self.has_ended)

    async def claim(
        self, lease: timedelta = timedelta(seconds=60), *, free: int = 100, suspects: int = 0
    ) -> list[Claimed]:
        kinds = [Kind(found.kind, found.retries.attempts, KEPT) for found in self.handlers.all]
        return await self.queue.take(kinds, free=free, suspects=suspects, lease=lease)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        ready = asyncio.Event()
        ready.set()
        async with self.worker.running(ready):
            yield


async def end_job_leases(database: Database) -> None:
    """End the leases of processes that have died."""
    await database.execute("UPDATE jobs.job SET due_at = now() WHERE state = 'running'")


async def waits_for_lock(watcher: JobNode) -> bool:
    """Whether a statement waits for another transaction."""
    waits: bool = await watcher.db.fetchval(
        """
        SELECT EXISTS (
            SELECT
            FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
        )
        """
    )
    return waits


async def do_nothing(_: Job, __: Run) -> None:
    """A handler that does nothing."""
