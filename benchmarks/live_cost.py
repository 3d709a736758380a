"""What the live feed costs a write: processor time of server and PostgreSQL to create a task.

Each way has a server and a database of its own on one PostgreSQL. They create a task in turn, so
that what disturbs one disturbs all, and their medians are compared.
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

_WAYS = {
    "without": "no change is written",
    "statement": "instead of it, a statement that does nothing",
    "feed": "the change is written, nobody follows",
    "followed": "another process follows",
}
_DELIVERED = 0.1  # seconds after which its delivery is over too
_WARM_UP = 20


def serve(way: str) -> None:
    """Run the server as it is, less what the way leaves out."""
    from commands.command_line import cli  # noqa: PLC0415 - as manage.py does

    add_events = Outbox.add

    async def add_and_ask(self: Outbox, *arguments: Any) -> None:
        await add_events(self, *arguments)
        await self._db.execute("SELECT 1")

    if way in {"without", "statement"}:
        mock.patch.object(EventBus, "show").start()
    if way == "statement":
        mock.patch.object(Outbox, "add", add_and_ask).start()
    sys.argv = ["manage.py", "serve"]
    cli()


@dataclass
class Measured:
    worker: Worker
    visitor: Visitor
    look: Any
    """A connection to its database."""

    async def create(self) -> float:
        """Microseconds of the processors for one task, and its delivery to the audit trail."""
        pids = await self.look.fetch(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        processes = [self.worker.server.serving.pid, *(row[0] for row in pids)]
        began = sum(map(_running_time, processes))
        await add(self.worker.client, self.visitor, "a")
        await asyncio.sleep(_DELIVERED)
        return (sum(map(_running_time, processes)) - began) / 1000


def _running_time(pid: int) -> int:
    """Nanoseconds, where ``cpu_times`` counts in ticks of ten million."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


@asynccontextmanager
async def measured(way: str, directory: Path, postgres: str) -> AsyncIterator[Measured]:
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres))
        await Schema(dsn).migrate()
        if way == "followed":
            await execute(dsn, "INSERT INTO events.follower VALUES (gen_random_uuid(), 'infinity')")
        server = Server(
            directory / way,
            command=(sys.executable, "-m", "benchmarks.live_cost", way),
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
        look = await stack.enter_async_context(connected(dsn))
        yield Measured(worker, await worker.register(), look)


async def cost(creates: int) -> None:
    with (
        TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory) / "postgres") as postgres,
    ):
        async with AsyncExitStack() as stack:
            ways = {
                way: await stack.enter_async_context(measured(way, Path(directory), postgres))
                for way in _WAYS
            }
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(creates):
                for way in random.sample(list(ways), len(ways)):
                    taken[way].append(await ways[way].create())
    for way, text in _WAYS.items():
        # those after caches are filled and statements are prepared
        median = statistics.median(taken[way][_WARM_UP:])
        least = statistics.median(taken["without"][_WARM_UP:])
        print(f"{text}: {median:.0f} µs, {median / least:.3f} ×")


if __name__ == "__main__":
    serve(sys.argv[1])
