"""Measures throughput and delay of durable events, the cost of a claim, and losses under kills.

``python -m benchmarks.events [--json]`` runs all of it on a PostgreSQL of its own.
"""

import argparse
import asyncio
import json
import random
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from BE.core.database.database import Database
from BE.core.durable.retries import Retries
from BE.core.events import Event, EventBus
from BE.core.events.claims import Claims, Lane
from BE.core.events.deliveries import Deliveries
from BE.core.events.outbox import Outbox
from BE.core.events.relay import Relay
from BE.core.telemetry.logging import configure_logging
from benchmarks import processes
from benchmarks.processes import end
from commands.embedded import embedded_postgres
from migrations.runner import Schema

EVENTS = 10_000
KEYS = 100
SAMPLES = 200
TRIALS = 20
DONE = 100_000
SHORT_LEASE = 2.0
FILL = """
    WITH event AS (
        INSERT INTO events.event (id, name, version, payload, occurred_at)
        SELECT gen_random_uuid(), 'bench.measured', 1, '{"subject": "a", "number": 0}', now()
        FROM generate_series(1, $1)
        RETURNING id
    )
    INSERT INTO events.delivery (event_id, handler, key, state, finished_at)
    SELECT id, 'bench', row_number() OVER () % $3, $2, CASE WHEN $2 = 'done' THEN now() END
    FROM event
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    name = "bench.measured"
    key = "subject"

    subject: str
    number: int


class Process:
    """What one process delivers events with. The handler writes one row."""

    def __init__(self, database: Database, **relay: Any) -> None:
        self.db = database
        self.outbox = Outbox(database)
        self.claims = Claims(database)
        self.bus = EventBus(database, self.outbox)
        self.deliveries = Deliveries(database, self.outbox, self.bus, kept=timedelta(days=7))
        self.relay = Relay(database, self.outbox, self.deliveries, self.bus, connections=5, **relay)
        self.bus.subscribe(Measured, self.on_measured, name="bench")

    async def on_measured(self, event: Measured) -> None:
        await self.db.execute(
            "INSERT INTO effect (subject, number, at) VALUES ($1, $2, clock_timestamp())",
            event.subject,
            event.number,
        )

    async def publish(self, count: int, keys: int) -> None:
        """Publish in transactions of 100 events."""
        for first in range(0, count, 100):
            numbers = range(first, min(first + 100, count))
            async with self.db.transaction():
                await self.bus.publish(
                    *(Measured(subject=str(number % keys), number=number) for number in numbers)
                )

    async def clear(self) -> None:
        # not TRUNCATE, which waits for the locks of polling processes while it holds its own
        await self.db.execute("DELETE FROM effect; DELETE FROM events.event")

    async def wait_until_delivered(self) -> None:
        query = "SELECT EXISTS (SELECT FROM events.delivery WHERE state = 'pending')"
        while await self.db.fetchval(query):
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_process(dsn: str, **relay: Any) -> AsyncIterator[Process]:
    async with Database(
        dsn, pool_size=5, max_overflow=5, acquire_timeout=5, idle_lifetime=300
    ) as database:
        yield Process(database, **relay)


async def work(dsn: str, **relay: Any) -> None:
    """Deliver until SIGTERM."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_process(dsn, **relay) as process, process.relay.running(ready):
        print("ready", flush=True)
        await stop.wait()


def start(dsn: str, *, short_lease: bool = False) -> subprocess.Popen[bytes]:
    return processes.start("benchmarks.events", dsn, *(["--short-lease"] * short_lease))


async def throughput(dsn: str, count: int, keys: int) -> dict[str, Any]:
    """Measure how fast running processes deliver a backlog that becomes due at once."""
    async with open_process(dsn) as process:
        await process.clear()
        await process.publish(EVENTS, keys)
        await process.db.execute("UPDATE events.delivery SET due_at = now() + '1 day'::interval")
        await process.db.execute("ANALYZE events.delivery")
        workers = [start(dsn) for _ in range(count)]
        await process.db.execute("UPDATE events.delivery SET due_at = now()")
        cpu_before = await cpu_seconds(process, workers)
        await process.wait_until_delivered()
        cpu = await cpu_seconds(process, workers) - cpu_before
        seconds = await process.db.fetchval(
            "SELECT extract(epoch FROM max(at) - min(at))::float FROM effect"
        )
        for worker in workers:
            end(worker)
    return {
        "what": f"throughput, {count} process(es), {keys} keys",
        "deliveries per second": round(EVENTS / seconds),
        "CPU µs per delivery": round(cpu / EVENTS * 1e6),
    }


async def cpu_seconds(process: Process, workers: list[subprocess.Popen[bytes]]) -> float:
    """Of the workers and PostgreSQL so far; on a busy machine it says more than elapsed time."""
    backend = psutil.Process(await process.db.fetchval("SELECT pg_backend_pid()"))
    server = backend.parent()
    assert server is not None
    used = [server, *server.children(), *(psutil.Process(worker.pid) for worker in workers)]
    return float(sum(sum(busy.cpu_times()[:2]) for busy in used))


async def delay(dsn: str, *, same_process: bool) -> dict[str, Any]:
    """From the commit to the handler's statement, by the database's clock, one event at a time."""
    ready = asyncio.Event()
    ready.set()
    worker = None if same_process else start(dsn)
    delays = []
    async with open_process(dsn) as process:
        await process.clear()
        if same_process:
            running = process.relay.running(ready)
            await running.__aenter__()
        for number in range(SAMPLES if same_process else SAMPLES // 2):
            await asyncio.sleep(random.uniform(0, 0.02 if same_process else 2))
            async with process.db.transaction():
                await process.bus.publish(Measured(subject=str(number), number=number))
            committed = await process.db.fetchval("SELECT clock_timestamp()")
            await process.wait_until_delivered()
            at = await process.db.fetchval("SELECT at FROM effect WHERE number = $1", number)
            delays.append(max(0.0, (at - committed).total_seconds() * 1000))
        if same_process:
            await running.__aexit__(None, None, None)
    if worker is not None:
        end(worker)
    where = "same process" if same_process else "another process, by its poll"
    return {
        "what": f"delay, {where}",
        "p50 ms": round(statistics.median(delays), 1),
        "p99 ms": round(statistics.quantiles(delays, n=100)[98], 1),
    }


async def claim(dsn: str, pending: int, keys: int) -> dict[str, Any]:
    """Time five claims in a row on the same machine; each takes what the earlier ones left."""
    async with open_process(dsn) as process:
        await process.clear()
        for count, state in ((DONE, "done"), (pending, "pending")):
            for _ in range(0, count, 10_000):
                await process.db.execute(FILL, 10_000, state, keys)
        await process.db.execute("ANALYZE events.delivery")
        times, taken = [], 0
        for _ in range(5):
            began = time.perf_counter()
            taken += len(
                await process.claims.take(
                    [Lane("bench", Measured.type_name(), free=50, followers=200)],
                    suspects=1,
                    lease=timedelta(minutes=1),
                    retries=Retries(),
                )
            )
            times.append((time.perf_counter() - began) * 1000)
    return {
        "what": f"claim beside {DONE} done, {pending} pending, {keys} keys",
        "median ms": round(statistics.median(times), 1),
        "longest ms": round(max(times), 1),
        "taken by five": taken,
    }


async def recovery(dsn: str) -> dict[str, Any]:
    """From the kill of one of two processes under load to the last delivery."""
    seconds = []
    async with open_process(dsn) as process:
        survivor = start(dsn, short_lease=True)
        for _ in range(TRIALS):
            await process.clear()
            victim = await asyncio.to_thread(start, dsn, short_lease=True)
            await process.publish(1000, KEYS)
            end(victim, signal.SIGKILL)
            began = time.monotonic()
            await process.wait_until_delivered()
            seconds.append(time.monotonic() - began)
        end(survivor)
    return {
        "what": f"recovery from a kill, lease {SHORT_LEASE} s, {TRIALS} trials",
        "median s": round(statistics.median(seconds), 2),
        "longest s": round(max(seconds), 2),
    }


async def kills(dsn: str) -> dict[str, Any]:
    """Kill and replace one of four processes every 0.3 s or so."""
    chance = random.Random()
    async with open_process(dsn) as process:
        await process.clear()
        workers = [start(dsn, short_lease=True) for _ in range(4)]
        publishing = asyncio.create_task(process.publish(EVENTS, KEYS))
        delivering = asyncio.create_task(_wait_until_delivered(publishing, process))
        killed, began = 0, time.monotonic()
        while not delivering.done():
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            victim = chance.randrange(4)
            end(workers[victim], signal.SIGKILL)
            workers[victim] = await asyncio.to_thread(start, dsn, short_lease=True)
            killed += 1
        seconds = time.monotonic() - began
        for worker in workers:
            end(worker)
        rows = await process.db.fetch("SELECT subject, number FROM effect ORDER BY id")
        dead = (await process.deliveries.backlog()).dead
    last: dict[str, int] = {}
    disorder = 0
    for subject, number in rows:
        disorder += number <= last.get(subject, -1)
        last[subject] = number
    numbers = [number for _, number in rows]
    return {
        "what": f"{EVENTS} events, 4 processes, {KEYS} keys, random kills",
        "kills": killed,
        "seconds": round(seconds, 1),
        "lost": EVENTS - len(set(numbers)),
        "repeated": len(numbers) - len(set(numbers)),
        "out of order": disorder,
        "dead": dead,
    }


async def _wait_until_delivered(publishing: asyncio.Task[None], process: Process) -> None:
    await publishing
    await process.wait_until_delivered()


async def measure(dsn: str, report: Callable[[dict[str, Any]], None]) -> None:
    await Schema(dsn).migrate()
    async with open_process(dsn) as process:
        await process.db.execute(
            "CREATE TABLE effect (id bigserial, subject text, number int, at timestamptz)"
        )
    for count, keys in ((1, EVENTS), (2, EVENTS), (2, KEYS), (2, 1)):
        report(await throughput(dsn, count, keys))
    for same_process in (True, False):
        report(await delay(dsn, same_process=same_process))
    for pending, keys in ((0, 1), (EVENTS, EVENTS), (EVENTS, KEYS), (EVENTS, 1)):
        report(await claim(dsn, pending, keys))
    report(await recovery(dsn))
    report(await kills(dsn))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    parser.add_argument("--worker", metavar="DSN", help=argparse.SUPPRESS)
    parser.add_argument("--short-lease", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_logging(style="console", level="CRITICAL")
    if options.worker:
        lease = {"lease": SHORT_LEASE, "handler_timeout": SHORT_LEASE / 2, "poll": 0.2}
        asyncio.run(work(options.worker, **(lease if options.short_lease else {})))
        return

    found: list[dict[str, Any]] = []

    def report(result: dict[str, Any]) -> None:
        found.append(result)
        if not options.json:
            figures = "  ".join(f"{name}: {value}" for name, value in list(result.items())[1:])
            print(f"{result['what']:<56}{figures}", flush=True)

    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as a user of its own
        with embedded_postgres(Path(directory)) as dsn:
            asyncio.run(measure(dsn, report))
    if options.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
