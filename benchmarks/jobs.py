"""Measures how many small jobs are done a second, and what is lost under kills.

``python -m benchmarks.jobs [--jobs 100000]`` runs it on a PostgreSQL of its own.
"""

import argparse
import asyncio
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from BE.core.database.database import Database
from BE.core.events.outbox import Outbox
from BE.core.jobs import Every, Job, JobHandlers, Jobs, Run
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import JobQueue
from BE.core.jobs.schedule import JobSchedule
from BE.core.jobs.worker import JobWorker
from BE.core.telemetry.logging import configure_logging
from benchmarks import processes
from benchmarks.processes import end
from commands.embedded import embedded_postgres
from migrations.runner import Schema

SMALL = 10_000
PROCESSES = 4
SHORT_LEASE = 3.0
KEYS = 50
AT_ONCE = 40
_KEYED_EVERY = 10
_EFFECTS = """
    CREATE TABLE effect (job_id uuid NOT NULL, key int, alone bool NOT NULL, at timestamptz)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Job):
    kind = "bench"

    key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked(Job):
    kind = "bench_tick"


class Process:
    """What one process works on jobs with. A job writes one row in the transaction that ends it."""

    def __init__(self, database: Database, **worker: Any) -> None:
        self.db = database
        outbox, handlers = Outbox(database), JobHandlers(kept=timedelta(days=7))
        handlers.handle(Measured, self.on_measured)
        handlers.handle(Ticked, self.on_ticked)
        handlers.every(Every("* * * * *", zone="Europe/Berlin"), Ticked())
        self.jobs = Jobs(database, outbox, handlers)
        self.worker = JobWorker(
            database,
            self.jobs,
            JobQueue(database, outbox),
            JobClaims(database, outbox),
            handlers,
            at_once=AT_ONCE,
            **worker,
        )
        self.schedule = JobSchedule(database, self.jobs, handlers)

    async def on_measured(self, job: Measured, run: Run) -> None:
        async with self.db.transaction():
            is_alone = job.key is None or await self._lock(job.key)
            await self.db.execute(
                "INSERT INTO effect VALUES ($1, $2, $3, clock_timestamp())",
                run.job_id,
                job.key,
                is_alone,
            )
            await run.finish()

    async def on_ticked(self, _: Ticked, run: Run) -> None:
        async with self.db.transaction():
            await run.finish()

    async def _lock(self, key: int) -> bool:
        """Lock the key until the transaction ends; ``False`` if another job holds it."""
        return bool(await self.db.fetchval("SELECT pg_try_advisory_xact_lock(19, $1)", key))

    async def enqueue(self, count: int, *, keyed: bool = False) -> None:
        """Enqueue in transactions of 100 jobs; if ``keyed``, every tenth has one of a few keys."""
        for first in range(0, count, 100):
            async with self.db.transaction():
                for number in range(first, min(first + 100, count)):
                    if keyed and number % _KEYED_EVERY == 0:
                        key = number // _KEYED_EVERY % KEYS
                        await self.jobs.enqueue(Measured(key=key), key=str(key))
                    else:
                        await self.jobs.enqueue(Measured())

    async def wait_until_done(self) -> None:
        query = "SELECT EXISTS (SELECT FROM jobs.job WHERE state IN ('queued', 'running'))"
        while await self.db.fetchval(query):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_process(dsn: str, **worker: Any) -> AsyncIterator[Process]:
    async with Database(
        dsn, pool_size=10, max_overflow=10, acquire_timeout=30, idle_lifetime=300
    ) as database:
        yield Process(database, **worker)


async def work(dsn: str, **worker: Any) -> None:
    """Work until SIGTERM."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        open_process(dsn, **worker) as process,
        process.worker.running(ready),
        process.schedule.running(ready),
    ):
        print("ready", flush=True)
        await stop.wait()


def start(dsn: str, *, short_lease: bool = False) -> subprocess.Popen[bytes]:
    return processes.start("benchmarks.jobs", dsn, *(["--short-lease"] * short_lease))


async def throughput(dsn: str, count: int) -> str:
    """Measure how fast running processes work off a backlog that becomes due at once."""
    async with open_process(dsn) as process:
        await process.db.execute("TRUNCATE jobs.job, effect")
        await process.enqueue(SMALL)
        await process.db.execute("UPDATE jobs.job SET due_at = now() + '1 day'::interval")
        await process.db.execute("ANALYZE jobs.job")
        workers = [start(dsn) for _ in range(count)]
        await process.db.execute("UPDATE jobs.job SET due_at = now()")
        await process.wait_until_done()
        seconds = await process.db.fetchval(
            "SELECT extract(epoch FROM max(at) - min(at))::float FROM effect"
        )
        for worker in workers:
            end(worker)
    return f"{SMALL} small jobs, {count} process(es): {SMALL / seconds:.0f} a second"


async def kills(dsn: str, count: int) -> str:
    """Kill and replace one of several processes every two seconds or so."""
    chance = random.Random()
    async with open_process(dsn) as process:
        await process.db.execute("TRUNCATE jobs.job, jobs.schedule, effect")
        workers = [start(dsn, short_lease=True) for _ in range(PROCESSES)]
        first_minute = await process.db.fetchval("SELECT date_trunc('minute', now())")
        enqueuing = asyncio.create_task(process.enqueue(count, keyed=True))
        working = asyncio.create_task(_wait_until_done(enqueuing, process))
        killed, began = 0, time.monotonic()
        while not working.done():
            await asyncio.sleep(chance.uniform(1, 3))
            victim = chance.randrange(PROCESSES)
            end(workers[victim], signal.SIGKILL)
            workers[victim] = await asyncio.to_thread(start, dsn, short_lease=True)
            killed += 1
        seconds = time.monotonic() - began
        for worker in workers:
            end(worker)
        row = await process.db.fetchrow(
            """
            SELECT count(*) FILTER (WHERE state <> 'done') AS undone,
                count(*) FILTER (WHERE kind = 'bench') AS measured,
                count(*) FILTER (WHERE kind = 'bench_tick') AS ticks,
                (SELECT count(*) FROM effect) AS effects,
                (SELECT count(DISTINCT job_id) FROM effect) AS distinct_effects,
                (SELECT count(*) FROM effect WHERE NOT alone) AS overlaps,
                (extract(epoch FROM date_trunc('minute', now()) - $1) / 60)::int AS minutes
            FROM jobs.job
            """,
            first_minute,
        )
    return (
        f"{row['measured']} jobs, {PROCESSES} processes, {killed} kills, {seconds:.0f} s:"
        f" {row['undone']} not done, {row['measured'] - row['distinct_effects']} lost,"
        f" {row['effects'] - row['distinct_effects']} done twice,"
        f" {row['overlaps']} of a key at once; {row['ticks']} ticks in {row['minutes']} minutes"
    )


async def _wait_until_done(enqueuing: asyncio.Task[None], process: Process) -> None:
    await enqueuing
    await process.wait_until_done()


async def measure(dsn: str, count: int) -> None:
    await Schema(dsn).migrate()
    async with open_process(dsn) as process:
        await process.db.execute(_EFFECTS)
    for processes_running in (1, 2):
        print(await throughput(dsn, processes_running), flush=True)
    print(await kills(dsn, count), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="jobs to enqueue under kills")
    parser.add_argument("--worker", metavar="DSN", help=argparse.SUPPRESS)
    parser.add_argument("--short-lease", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_logging(style="console", level="CRITICAL")
    if options.worker:
        lease = {"lease": SHORT_LEASE, "poll": 0.2}
        asyncio.run(work(options.worker, **(lease if options.short_lease else {})))
        return
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as a user of its own
        with embedded_postgres(Path(directory)) as dsn:
            asyncio.run(measure(dsn, options.jobs))


if __name__ == "__main__":
    main()
