"""How long a token outlives its session in another process. ``python -m benchmarks.revocation``

From the response to a logout in one process until another refuses the token: while it listens, and
while it can only poll (its listening connections are cut, and new ones refused).
"""

import asyncio
import statistics
import sys
import time
from urllib.parse import urlsplit

from BE.core.database.connections import connect
from benchmarks.support import measured
from tests.support.processes.workers import Worker

LISTENED = int(sys.argv[1]) if sys.argv[1:] else 200
POLLED = max(LISTENED // 10, 1)


async def main() -> None:
    async with measured(2) as (dsn, (first, second)):
        listened = [await time_revocation(first, second) for _ in range(LISTENED)]
        await cut_listeners(dsn)
        polled = [await time_revocation(first, second) for _ in range(POLLED)]
    report("listening", listened)
    report("polling only", polled)


async def time_revocation(first: Worker, second: Worker) -> float:
    visitor = await first.register()
    assert await second.admits(visitor)
    await first.log_out(visitor)
    started = time.perf_counter()
    while await second.admits(visitor):
        await asyncio.sleep(0.001)
    return time.perf_counter() - started


async def cut_listeners(dsn: str) -> None:
    name = urlsplit(dsn).path[1:]
    maintenance = await connect(dsn, database="template1")
    await maintenance.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await maintenance.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    )
    await maintenance.close()


def report(how: str, times: list[float]) -> None:
    ordered = sorted(seconds * 1000 for seconds in times)
    p99 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    print(
        f"{how}: {len(ordered)} sessions, median {statistics.median(ordered):.1f} ms,"
        f" p99 {p99:.1f} ms, longest {ordered[-1]:.1f} ms"
    )


if __name__ == "__main__":
    asyncio.run(main())
