"""The cost of the live feed for a write: processor time of server and PostgreSQL for a new task.

Each variant has a server and a database of its own on one PostgreSQL. They create a task in turn,
so that disturbances affect all alike, and their medians are compared.
"""

import asyncio
import random
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import httpx

from BE.core.database.connections import connected
from BE.core.events.bus import EventBus
from BE.core.events.outbox import Outbox
from benchmarks.live_streams import add
from migrations.runner import Schema
from tests.support.postgres import execute, fresh_database, postgres_server
from tests.support.processes.server import PATIENCE, Server
from tests.support.processes.workers import SECRET, Visitor, Worker

_VARIANTS = {
    "without": "no change is written",
    "statement": "a statement that does nothing instead",
    "feed": "the change is written, no process follows",
    "followed": "another process follows",
}
_DELIVERED = 0.1  # seconds within which its event is delivered too
_WARM_UP = 20


def serve(variant: str) -> None:
    """Run the server without what the variant leaves out."""
    from commands.command_line import cli  # noqa: PLC0415 - as manage.py does

    add_events = Outbox.add

    async def add_and_query(self: Outbox, *arguments: Any) -> None:
        await add_events(self, *arguments)
        await self._db.execute("SELECT 1")

    if variant in {"without", "statement"}:
        mock.patch.object(EventBus, "show").start()
    if variant == "statement":
        mock.patch.object(Outbox, "add", add_and_query).start()
    sys.argv = ["manage.py", "serve"]
    cli()


@dataclass
class Measured:
    worker: Worker
    visitor: Visitor
    connection: Any
    """A connection to its database."""

    async def create(self) -> float:
        """Create a task; return the processor time with its delivery to the audit trail, in µs."""
        pids = await self.connection.fetch(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        processes = [self.worker.server.serving.pid, *(row[0] for row in pids)]
        began = sum(map(_running_time, processes))
        await add(self.worker.client, self.visitor, "a")
        await asyncio.sleep(_DELIVERED)
        return (sum(map(_running_time, processes)) - began) / 1000


def _running_time(pid: int) -> int:
    """In nanoseconds; ``cpu_times`` counts in ticks of ten milliseconds."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


@asynccontextmanager
async def measured(variant: str, directory: Path, postgres: str) -> AsyncIterator[Measured]:
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres))
        await Schema(dsn).migrate()
        if variant == "followed":
            await execute(dsn, "INSERT INTO events.follower VALUES (gen_random_uuid(), 'infinity')")
        server = Server(
            directory / variant,
            command=(sys.executable, "-m", "benchmarks.live_cost", variant),
            DATABASE_URL=dsn,
            JWT_SECRET=SECRET,
            JWT_EXPIRE_MINUTES=60,
            RATE_LIMIT_ENABLED=False,
            LOG_LEVEL="WARNING",
        )
        stack.callback(server.clean_up)
        await asyncio.to_thread(server.wait_until)
        client = httpx.AsyncClient(base_url=server.client.base_url, timeout=PATIENCE)
        worker = Worker(server, await stack.enter_async_context(client))
        connection = await stack.enter_async_context(connected(dsn))
        yield Measured(worker, await worker.register(), connection)


async def cost(creates: int) -> None:
    with (
        TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory) / "postgres") as postgres,
    ):
        async with AsyncExitStack() as stack:
            variants = {
                variant: await stack.enter_async_context(
                    measured(variant, Path(directory), postgres)
                )
                for variant in _VARIANTS
            }
            taken: dict[str, list[float]] = {variant: [] for variant in variants}
            for _ in range(creates):
                for variant in random.sample(list(variants), len(variants)):
                    taken[variant].append(await variants[variant].create())
    for variant, text in _VARIANTS.items():
        # without those that fill caches and prepare statements
        median = statistics.median(taken[variant][_WARM_UP:])
        baseline = statistics.median(taken["without"][_WARM_UP:])
        print(f"{text}: {median:.0f} µs, {median / baseline:.3f} ×")


if __name__ == "__main__":
    serve(sys.argv[1])
