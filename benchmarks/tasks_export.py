"""Resident memory of a server process while it exports 1 000 and 100 000 tasks."""

import asyncio
import time
from uuid import UUID

import psutil

from BE.core.database.connections import connect
from benchmarks.support import measured
from benchmarks.tasks_million import FILL
from tests.support.processes.workers import API, Visitor, Worker

SIZES = (1_000, 100_000)
MIB = 1024 * 1024


async def main() -> None:
    async with measured(1, REQUEST_TIMEOUT_SECONDS=120) as (dsn, [worker]):
        visitors = {size: await register_with_tasks(worker, dsn, size) for size in SIZES}
        for form in ("csv", "json"):
            await export(worker, visitors[SIZES[0]], form)  # to warm up
            for size, visitor in visitors.items():
                body, growth, seconds = await export(worker, visitor, form)
                print(
                    f"{form:4} {size:>7} tasks: {body / MIB:6.1f} MiB in {seconds:5.1f} s,"
                    f" memory grew by {growth / MIB:4.1f} MiB at the peak"
                )


async def register_with_tasks(worker: Worker, dsn: str, size: int) -> Visitor:
    visitor = await worker.register()
    me = await worker.client.get(f"{API}/auth/me", headers=visitor.headers)
    connection = await connect(dsn)
    await connection.execute(FILL, UUID(me.json()["id"]), size)
    await connection.execute("ANALYZE tasks.task")
    await connection.close()
    return visitor


async def export(worker: Worker, visitor: Visitor, form: str) -> tuple[int, int, float]:
    """Return the bytes of the body, the growth of memory meanwhile, and the seconds it took."""
    process = psutil.Process(worker.server.process.pid)
    before = peak = process.memory_info().rss
    started, size = time.perf_counter(), 0
    path = f"{API}/tasks/export?format={form}"
    async with worker.client.stream("GET", path, headers=visitor.headers) as answer:
        assert answer.status_code == 200
        async for part in answer.aiter_raw():
            size += len(part)
            peak = max(peak, process.memory_info().rss)
    return size, peak - before, time.perf_counter() - started


if __name__ == "__main__":
    asyncio.run(main())
