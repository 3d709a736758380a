"""How many small jobs are done a second, and what survives kills.

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
KILLED_LEASE = 3.0
KEYS = 50
AT_ONCE = 40
_EACH_WITH_KEY = 10
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
    """What one process works on jobs with. Each writes one row, in the transaction that ends it."""

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
            is_alone = job.key is None or await self._has_to_itself(job.key)
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

    async def _has_to_itself(self, key: int) -> bool:
        """Hold a lock for a moment, until the transaction ends, that only another one can have."""
        return bool(await self.db.fetchval("SELECT pg_try_advisory_xact_lock(19, $1)", key))

    async def enqueue(self, count: int, *, keyed: bool = False) -> None:
        """In transactions of 100 jobs; every tenth has one of few keys, if they are ``keyed``."""
        for first in range(0, count, 100):
            async with self.db.transaction():
                for number in range(first, min(first + 100, count)):
                    if keyed and number % _EACH_WITH_KEY == 0:
                        key = number // _EACH_WITH_KEY % KEYS
                        await self.jobs.enqueue(Measured(key=key), key=str(key))
                    else:
                        await self.jobs.enqueue(Measured())

    async def settled(self) -> None:
        query = "SELECT EXISTS (SELECT FROM jobs.job WHERE state IN ('queued', 'running'))"
        while await self.db.fetchval(query):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def process(dsn: str, **worker: Any) -> AsyncIterator[Process]:
    async with Database(
        dsn, pool_size=10, max_overflow=10, acquire_timeout=30, idle_lifetime=300
    ) as database:
        yield Process(database, **worker)


async def work(dsn: str, **worker: Any) -> None:
    """Work until the signal to stop."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        process(dsn, **worker) as here,
        here.worker.running(ready),
        here.schedule.running(ready),
    ):
        print("ready", flush=True)
        await stop.wait()


def start(dsn: str, *, killed: bool = False) -> subprocess.Popen[bytes]:
    return processes.start("benchmarks.jobs", dsn, *(["--killed"] * killed))


async def throughput(dsn: str, count: int) -> str:
    """A backlog, and processes that are there already when it becomes due."""
    async with process(dsn) as here:
        await here.db.execute("TRUNCATE jobs.job, effect")
        await here.enqueue(SMALL)
        await here.db.execute("UPDATE jobs.job SET due_at = now() + '1 day'::interval")
        await here.db.execute("ANALYZE jobs.job")
        workers = [start(dsn) for _ in range(count)]
        await here.db.execute("UPDATE jobs.job SET due_at = now()")
        await here.settled()
        seconds = await here.db.fetchval(
            "SELECT extract(epoch FROM max(at) - min(at))::float FROM effect"
        )
        for worker in workers:
            end(worker)
    return f"{SMALL} small jobs, {count} process(es): {SMALL / seconds:.0f} a second"


async def kills(dsn: str, count: int) -> str:
    """Some processes, of which one is killed, and another started, every two seconds or so."""
    chance = random.Random()
    async with process(dsn) as here:
        await here.db.execute("TRUNCATE jobs.job, jobs.schedule, effect")
        workers = [start(dsn, killed=True) for _ in range(PROCESSES)]
        first_minute = await here.db.fetchval("SELECT date_trunc('minute', now())")
        enqueuing = asyncio.create_task(here.enqueue(count, keyed=True))
        settling = asyncio.create_task(_settle_after(enqueuing, here))
        killed, began = 0, time.monotonic()
        while not settling.done():
            await asyncio.sleep(chance.uniform(1, 3))
            victim = chance.randrange(PROCESSES)
            end(workers[victim], signal.SIGKILL)
            workers[victim] = await asyncio.to_thread(start, dsn, killed=True)
            killed += 1
        seconds = time.monotonic() - began
        for worker in workers:
            end(worker)
        row = await here.db.fetchrow(
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


async def _settle_after(enqueuing: asyncio.Task[None], here: Process) -> None:
    await enqueuing
    await here.settled()


async def measure(dsn: str, count: int) -> None:
    await Schema(dsn).migrate()
    async with process(dsn) as here:
        await here.db.execute(_EFFECTS)
    for processes_running in (1, 2):
        print(await throughput(dsn, processes_running), flush=True)
    print(await kills(dsn, count), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="that are enqueued under kills")
    parser.add_argument("--worker", metavar="DSN", help=argparse.SUPPRESS)
    parser.add_argument("--killed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_logging(style="console", level="CRITICAL")
    if options.worker:
        lease = {"lease": KILLED_LEASE, "poll": 0.2}
        asyncio.run(work(options.worker, **(lease if options.killed else {})))
        return
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as a user of its own
        with embedded_postgres(Path(directory)) as dsn:
            asyncio.run(measure(dsn, options.jobs))


if __name__ == "__main__":
    main()
