"""Measures how much 500 sockets that send a byte a second slow down other clients.

``python -m benchmarks.slow_sockets``
"""

import asyncio
import contextlib
import sys
import time

from benchmarks.load import request_repeatedly
from benchmarks.support import measured
from tests.support.processes.workers import API

SECONDS = float(sys.argv[1]) if sys.argv[1:] else 20
SOCKETS = 500
CLIENTS = 8
HEAD = b"GET /api/v1/tasks HTTP/1.1\r\nHost: service.test\r\n"


async def main() -> None:
    async with measured(1) as (_, (worker,)):
        visitor, port = await worker.register(), worker.server.port

        async def p99(seconds: float) -> float:
            answers = await request_repeatedly(
                seconds,
                port,
                f"{API}/tasks",
                clients=CLIENTS,
                token=visitor.access_token,
                pause=0,
            )
            assert set(answers.statuses) == {200}, answers.statuses
            return answers.percentile(0.99)

        await p99(2)
        before = await p99(SECONDS)
        lifetimes: list[float] = []
        slow = [asyncio.create_task(drip(port, lifetimes)) for _ in range(SOCKETS)]
        during = await p99(SECONDS)
        for sender in slow:
            sender.cancel()
    print(
        f"p99 of {CLIENTS} clients: {before:.1f} ms without, {during:.1f} ms with {SOCKETS} slow"
        f" sockets ({during / before:.2f} ×); {len(lifetimes)} were closed, the last after"
        f" {max(lifetimes):.1f} s"
    )


async def drip(port: int, lifetimes: list[float]) -> None:
    while True:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        closed = asyncio.create_task(reader.read())
        writer.write(HEAD)
        with contextlib.suppress(ConnectionError):
            while not closed.done():
                writer.write(b"a")
                await asyncio.wait([closed], timeout=1)
        lifetimes.append(time.perf_counter() - began)
        writer.close()


if __name__ == "__main__":
    asyncio.run(main())
