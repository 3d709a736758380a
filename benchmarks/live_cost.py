"""What the live feed costs a write: processor time of server and PostgreSQL to create a task.

Each way has a server and a database of its own on one PostgreSQL; they are measured in turn, in
another order in each round, and compared within the round.
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
import psutil

from BE.core.database.connections import connected
from BE.core.events.bus import EventBus
from BE.core.events.outbox import Outbox
from benchmarks.live_streams import add
from migrations.runner import Schema
from tests.support.postgres import Postgres, execute, fresh_database
from tests.support.processes.server import PATIENCE, Server
from tests.support.processes.workers import SECRET, Visitor, Worker

_WAYS = {
    "without": "no change is written",
    "statement": "instead of it, a statement that does nothing",
    "feed": "the change is written, nobody follows",
    "followed": "another process follows",
}
_AT_ONCE = 8


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
    dsn: str
    postgres: Postgres

    async def create(self, count: int) -> float:
        """Microseconds of the processors for each."""
        began = self._used()
        for _ in range(count // _AT_ONCE):
            creating = (add(self.worker.client, self.visitor, "a") for _ in range(_AT_ONCE))
            await asyncio.gather(*creating)
        async with connected(self.dsn) as look:
            while await look.fetchval(
                "SELECT EXISTS (SELECT FROM events.delivery WHERE state = 'pending')"
            ):
                await asyncio.sleep(0.1)
        return (self._used() - began) / count * 1e6

    def _used(self) -> float:
        processes = [self.worker.server.serving, *self.postgres.processes()]
        return sum(map(_running_time, processes))


def _running_time(process: psutil.Process) -> float:
    """Seconds, more exactly than in the ticks of ``cpu_times``."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@asynccontextmanager
async def measured(way: str, directory: Path, postgres: Postgres) -> AsyncIterator[Measured]:
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres.dsn))
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
        yield Measured(worker, await worker.register(), dsn, postgres)


async def cost(rounds: int, creates: int) -> None:
    with TemporaryDirectory(prefix="bounded-bench-") as directory:
        postgres = Postgres(Path(directory))
        postgres.start()
        try:
            async with AsyncExitStack() as stack:
                ways = {
                    way: await stack.enter_async_context(measured(way, Path(directory), postgres))
                    for way in _WAYS
                }
                for one in ways.values():
                    await one.create(creates)  # caches and plans
                taken = [await _round(ways, creates) for _ in range(rounds)]
        finally:
            postgres.stop()
    for way, text in _WAYS.items():
        ratios = sorted(one[way] / one["without"] for one in taken)
        print(
            f"{text}: {statistics.median(one[way] for one in taken):.0f} µs,"
            f" {statistics.median(ratios):.2f} × ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


async def _round(ways: dict[str, Measured], creates: int) -> dict[str, float]:
    order = random.sample(list(ways), len(ways))
    return {way: await ways[way].create(creates) for way in order}


if __name__ == "__main__":
    serve(sys.argv[1])
