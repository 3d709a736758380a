"""Measures the memory that a rush of sign-ins takes. ``python -m benchmarks.login_memory``

How much the server's resident memory grows at the peak while 200 clients sign in at once, five
times, compared with a few sign-ins one by one.
"""

import asyncio
import os
import sys
from collections import Counter

import psutil

from benchmarks.support import measured

AT_ONCE = int(sys.argv[1]) if sys.argv[1:] else 200
RUSHES = 5
MIB = 1024 * 1024
PER_HASH_MIB = 19
TOLERANCE = 1.2


async def main() -> None:
    async with measured(1) as (_, (worker,)):
        email = (await worker.register()).email
        process = psutil.Process(worker.server.process.pid)
        for _ in range(5):
            await worker.log_in(email)
        before = peak = process.memory_info().rss
        statuses: Counter[int] = Counter()
        for _ in range(RUSHES):
            rush = asyncio.gather(*(worker.log_in(email) for _ in range(AT_ONCE)))
            while not rush.done():
                peak = max(peak, process.memory_info().rss)
                await asyncio.sleep(0.002)
            statuses.update(answer.status_code for answer in rush.result())
        after = process.memory_info().rss

    bound = (os.cpu_count() or 1) * PER_HASH_MIB * TOLERANCE
    print(f"{RUSHES} x {AT_ONCE} sign-ins at once: {dict(statuses)}")
    print(f"before {before / MIB:.1f} MiB, after {after / MIB:.1f} MiB")
    print(f"growth at the peak {(peak - before) / MIB:.1f} MiB, bound {bound:.1f} MiB")


if __name__ == "__main__":
    asyncio.run(main())
