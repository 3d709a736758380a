"""How fast durable events are delivered, how soon, what a claim costs, what survives kills.

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
KILLED_LEASE = 2.0
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
    """What one process has to deliver with. The handler writes one row."""

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
        """In transactions of 100 events."""
        for first in range(0, count, 100):
            numbers = range(first, min(first + 100, count))
            async with self.db.transaction():
                await self.bus.publish(
                    *(Measured(subject=str(number % keys), number=number) for number in numbers)
                )

    async def clear(self) -> None:
        # not TRUNCATE, which waits for the locks of those that poll while it holds its own
        await self.db.execute("DELETE FROM effect; DELETE FROM events.event")

    async def settled(self) -> None:
        query = "SELECT EXISTS (SELECT FROM events.delivery WHERE state = 'pending')"
        while await self.db.fetchval(query):
            await asyncio.sleep(0.02)


@asynccontextmanager
async def process(dsn: str, **relay: Any) -> AsyncIterator[Process]:
    async with Database(
        dsn, pool_size=5, max_overflow=5, acquire_timeout=5, idle_lifetime=300
    ) as database:
        yield Process(database, **relay)


async def work(dsn: str, **relay: Any) -> None:
    """Deliver until the signal to stop."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with process(dsn, **relay) as here, here.relay.running(ready):
        print("ready", flush=True)
        await stop.wait()


def start(dsn: str, *, killed: bool = False) -> subprocess.Popen[bytes]:
    return processes.start("benchmarks.events", dsn, *(["--killed"] * killed))


async def throughput(dsn: str, count: int, keys: int) -> dict[str, Any]:
    """A backlog, and processes that are there already when it becomes due."""
    async with process(dsn) as here:
        await here.clear()
        await here.publish(EVENTS, keys)
        await here.db.execute("UPDATE events.delivery SET due_at = now() + '1 day'::interval")
        await here.db.execute("ANALYZE events.delivery")
        workers = [start(dsn) for _ in range(count)]
        await here.db.execute("UPDATE events.delivery SET due_at = now()")
        cpu_before = await cpu_seconds(here, workers)
        await here.settled()
        cpu = await cpu_seconds(here, workers) - cpu_before
        seconds = await here.db.fetchval(
            "SELECT extract(epoch FROM max(at) - min(at))::float FROM effect"
        )
        for worker in workers:
            end(worker)
    return {
        "what": f"throughput, {count} process(es), {keys} keys",
        "deliveries per second": round(EVENTS / seconds),
        "CPU µs per delivery": round(cpu / EVENTS * 1e6),
    }


async def cpu_seconds(here: Process, workers: list[subprocess.Popen[bytes]]) -> float:
    """What the workers and PostgreSQL have used so far; says more than a time on a busy machine."""
    backend = psutil.Process(await here.db.fetchval("SELECT pg_backend_pid()"))
    server = backend.parent()
    assert server is not None
    used = [server, *server.children(), *(psutil.Process(worker.pid) for worker in workers)]
    return float(sum(sum(process.cpu_times()[:2]) for process in used))


async def delay(dsn: str, *, same_process: bool) -> dict[str, Any]:
    """From the commit to the handler's own statement, by the database's clock, one at a time."""
    ready = asyncio.Event()
    ready.set()
    worker = None if same_process else start(dsn)
    delays = []
    async with process(dsn) as here:
        await here.clear()
        if same_process:
            running = here.relay.running(ready)
            await running.__aenter__()
        for number in range(SAMPLES if same_process else SAMPLES // 2):
            await asyncio.sleep(random.uniform(0, 0.02 if same_process else 2))
            async with here.db.transaction():
                await here.bus.publish(Measured(subject=str(number), number=number))
            committed = await here.db.fetchval("SELECT clock_timestamp()")
            await here.settled()
            at = await here.db.fetchval("SELECT at FROM effect WHERE number = $1", number)
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
    """By a client on the same machine, five in a row, of what the first one left; all undone."""
    async with process(dsn) as here:
        await here.clear()
        for count, state in ((DONE, "done"), (pending, "pending")):
            for _ in range(0, count, 10_000):
                await here.db.execute(FILL, 10_000, state, keys)
        await here.db.execute("ANALYZE events.delivery")
        times, taken = [], 0
        for _ in range(5):
            began = time.perf_counter()
            taken += len(
                await here.claims.take(
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
    """From the kill of one of two processes under load to the last of its deliveries."""
    seconds = []
    async with process(dsn) as here:
        survivor = start(dsn, killed=True)
        for _ in range(TRIALS):
            await here.clear()
            victim = await asyncio.to_thread(start, dsn, killed=True)
            await here.publish(1000, KEYS)
            end(victim, signal.SIGKILL)
            began = time.monotonic()
            await here.settled()
            seconds.append(time.monotonic() - began)
        end(survivor)
    return {
        "what": f"recovery from a kill, lease {KILLED_LEASE} s, {TRIALS} trials",
        "median s": round(statistics.median(seconds), 2),
        "longest s": round(max(seconds), 2),
    }


async def kills(dsn: str) -> dict[str, Any]:
    """Four processes, one of which is killed, and another started, every 0.3 s or so."""
    chance = random.Random()
    async with process(dsn) as here:
        await here.clear()
        workers = [start(dsn, killed=True) for _ in range(4)]
        publishing = asyncio.create_task(here.publish(EVENTS, KEYS))
        settling = asyncio.create_task(_settle_after(publishing, here))
        killed, began = 0, time.monotonic()
        while not settling.done():
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            victim = chance.randrange(4)
            end(workers[victim], signal.SIGKILL)
            workers[victim] = await asyncio.to_thread(start, dsn, killed=True)
            killed += 1
        seconds = time.monotonic() - began
        for worker in workers:
            end(worker)
        rows = await here.db.fetch("SELECT subject, number FROM effect ORDER BY id")
        dead = (await here.deliveries.backlog()).dead
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


async def _settle_after(publishing: asyncio.Task[None], here: Process) -> None:
    await publishing
    await here.settled()


async def measure(dsn: str, tell: Callable[[dict[str, Any]], None]) -> None:
    await Schema(dsn).migrate()
    async with process(dsn) as here:
        await here.db.execute(
            "CREATE TABLE effect (id bigserial, subject text, number int, at timestamptz)"
        )
    for count, keys in ((1, EVENTS), (2, EVENTS), (2, KEYS), (2, 1)):
        tell(await throughput(dsn, count, keys))
    for same_process in (True, False):
        tell(await delay(dsn, same_process=same_process))
    for pending, keys in ((0, 1), (EVENTS, EVENTS), (EVENTS, KEYS), (EVENTS, 1)):
        tell(await claim(dsn, pending, keys))
    tell(await recovery(dsn))
    tell(await kills(dsn))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    parser.add_argument("--worker", metavar="DSN", help=argparse.SUPPRESS)
    parser.add_argument("--killed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_logging(style="console", level="CRITICAL")
    if options.worker:
        lease = {"lease": KILLED_LEASE, "handler_timeout": KILLED_LEASE / 2, "poll": 0.2}
        asyncio.run(work(options.worker, **(lease if options.killed else {})))
        return

    found: list[dict[str, Any]] = []

    def tell(result: dict[str, Any]) -> None:
        found.append(result)
        if not options.json:
            figures = "  ".join(f"{name}: {value}" for name, value in list(result.items())[1:])
            print(f"{result['what']:<56}{figures}", flush=True)

    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as a user of its own
        with embedded_postgres(Path(directory)) as dsn:
            asyncio.run(measure(dsn, tell))
    if options.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
