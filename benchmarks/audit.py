"""How fast the audit trail takes events in, and how fast it is verified.

``python -m benchmarks.audit`` runs on a PostgreSQL of its own.
"""

import argparse
import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from BE.core.events import EventBus
from BE.core.events.relay import Relay
from BE.core.http.pagination import Cursors
from BE.core.security.keys import KeyRing
from BE.core.telemetry.logging import configure_logging
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.service import AuditService
from benchmarks.events import EVENTS, Process
from benchmarks.events import process as unaudited
from benchmarks.processes import end
from commands.embedded import embedded_postgres
from migrations.runner import Schema


@asynccontextmanager
async def process(dsn: str) -> AsyncIterator[tuple[Process, AuditService]]:
    """What one process delivers with; its only subscriber keeps the trail."""
    async with unaudited(dsn) as here:
        audit = AuditService(AuditRepository(here.db), Cursors(KeyRing.parse("-" * 32)))
        here.bus = EventBus(here.db, here.outbox)
        here.bus.subscribe_all(audit.on_events, name="audit")
        here.relay = Relay(here.db, here.outbox, here.deliveries, here.bus, connections=5)
        yield here, audit


async def work(dsn: str) -> None:
    """Keep the trail until the signal to stop."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with process(dsn) as (here, _), here.relay.running(ready):
        print("ready", flush=True)
        await stop.wait()


def start(dsn: str) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.audit", "--worker", dsn], stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    worker.stdout.readline()
    return worker


async def throughput(dsn: str, processes: int, keys: int) -> None:
    """A backlog, and processes that are there already when it becomes due."""
    async with process(dsn) as (here, _):
        await here.db.execute("DELETE FROM events.event")
        await here.publish(EVENTS, keys)
        await here.db.execute("UPDATE events.delivery SET due_at = now() + '1 day'::interval")
        await here.db.execute("ANALYZE events.delivery")
        workers = [start(dsn) for _ in range(processes)]
        await here.db.execute("UPDATE events.delivery SET due_at = now()")
        await here.settled()
        seconds = await here.db.fetchval(
            "SELECT extract(epoch FROM max(finished_at) - min(finished_at))::float"
            " FROM events.delivery"
        )
        for worker in workers:
            end(worker)
    print(f"{processes} process(es), {keys} keys: {EVENTS / seconds:.0f} entries per second")


async def verification(dsn: str) -> None:
    async with process(dsn) as (here, audit):
        began = time.perf_counter()
        verdict = await audit.verify()
        seconds = time.perf_counter() - began
        size = await here.db.fetchval("SELECT pg_total_relation_size('audit.entry')")
    entries = verdict.head.sequence
    assert verdict.is_whole
    print(f"verified: {entries / seconds:.0f} entries per second")
    print(f"size: {size / entries:.0f} bytes per entry, with its indexes")


async def measure(dsn: str) -> None:
    await Schema(dsn).migrate()
    for processes, keys in ((1, EVENTS), (2, EVENTS), (4, EVENTS), (2, 100)):
        await throughput(dsn, processes, keys)
    await verification(dsn)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worker", metavar="DSN", help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure_logging(style="console", level="CRITICAL")
    if options.worker:
        asyncio.run(work(options.worker))
        return
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as a user of its own
        with embedded_postgres(Path(directory)) as dsn:
            asyncio.run(measure(dsn))


if __name__ == "__main__":
    main()
