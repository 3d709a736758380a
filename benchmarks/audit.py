"""Measures how fast the audit trail records events, and how fast it is verified.

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
from benchmarks.events import EVENTS, Process, open_process
from benchmarks.processes import end
from commands.embedded import embedded_postgres
from migrations.runner import Schema


@asynccontextmanager
async def open_auditor(dsn: str) -> AsyncIterator[tuple[Process, AuditService]]:
    """A process whose only subscriber records the audit trail."""
    async with open_process(dsn) as process:
        audit = AuditService(AuditRepository(process.db), Cursors(KeyRing.parse("-" * 32)))
        process.bus = EventBus(process.db, process.outbox)
        process.bus.subscribe_all(audit.on_events, name="audit")
        process.relay = Relay(
            process.db, process.outbox, process.deliveries, process.bus, connections=5
        )
        yield process, audit


async def work(dsn: str) -> None:
    """Record events until SIGTERM."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ready.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_auditor(dsn) as (process, _), process.relay.running(ready):
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
    """Measure how fast running processes deliver a backlog that becomes due at once."""
    async with open_auditor(dsn) as (process, _):
        await process.db.execute("DELETE FROM events.event")
        await process.publish(EVENTS, keys)
        await process.db.execute("UPDATE events.delivery SET due_at = now() + '1 day'::interval")
        await process.db.execute("ANALYZE events.delivery")
        workers = [start(dsn) for _ in range(processes)]
        await process.db.execute("UPDATE events.delivery SET due_at = now()")
        await process.wait_until_delivered()
        seconds = await process.db.fetchval(
            "SELECT extract(epoch FROM max(finished_at) - min(finished_at))::float"
            " FROM events.delivery"
        )
        for worker in workers:
            end(worker)
    print(f"{processes} process(es), {keys} keys: {EVENTS / seconds:.0f} entries per second")


async def verification(dsn: str) -> None:
    async with open_auditor(dsn) as (process, audit):
        began = time.perf_counter()
        verdict = await audit.verify()
        seconds = time.perf_counter() - began
        size = await process.db.fetchval("SELECT pg_total_relation_size('audit.entry')")
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
