"""Measures the live feed. ``python -m benchmarks.live WHAT …``, or all:

- ``latency``: 500 streams on one process, 200 changes a second on another: the time from the
  request, and from its response, to the browser.
- ``idle``: 1 000 streams on which nothing happens: their memory, and a page of tasks beside them.
- ``faults``: readers that reconnect, servers that are killed: lost and repeated changes.
- ``restart``: two servers are replaced under 500 streams: when these reconnect, what is lost.
- ``cost``: how much the feed adds to a write.
"""

import argparse
import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine

import orjson
import psutil

from benchmarks.live_cost import cost
from benchmarks.live_faults import faults
from benchmarks.live_restart import restart
from benchmarks.live_streams import PER_USER, add, events
from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_MIB = 1024 * 1024


async def open_streams(
    read: Callable[[Visitor], Coroutine[None, None, None]],
    visitors: list[Visitor],
    ready: asyncio.Semaphore,
) -> list[asyncio.Task[None]]:
    """Open the streams, so few at a time that none is refused."""
    reading = []
    for _ in range(PER_USER):
        batch = [asyncio.create_task(read(visitor)) for visitor in visitors]
        for _ in batch:
            await ready.acquire()
        reading += batch
    return reading


async def latency(streams: int, rate: int, seconds: int) -> None:
    async with measured(2) as (_, (writer, streamer)):
        visitors = [await writer.register() for _ in range(streams // PER_USER)]
        arrived: dict[str, list[float]] = defaultdict(list)
        ready = asyncio.Semaphore(0)

        async def read(visitor: Visitor) -> None:
            async for name, _, data in events(streamer.server.port, visitor):
                if name == b"ready":
                    ready.release()
                else:
                    arrived[orjson.loads(data)["id"]].append(time.perf_counter())

        reading = await open_streams(read, visitors, ready)
        sent: dict[str, float] = {}
        answered: dict[str, float] = {}

        async def change(visitor: Visitor) -> None:
            began = time.perf_counter()
            task_id = await add(writer.client, visitor, "a")
            sent[task_id], answered[task_id] = began, time.perf_counter()

        began = time.perf_counter()
        changing = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            changing.append(asyncio.create_task(change(visitors[number % len(visitors)])))
        await asyncio.gather(*changing)
        reached = len(changing) / (time.perf_counter() - began)
        while sum(map(len, arrived.values())) < len(sent) * PER_USER:
            await asyncio.sleep(0.05)
        for task in reading:
            task.cancel()
    from_request = [at - sent[task_id] for task_id, ats in arrived.items() for at in ats]
    from_response = [at - answered[task_id] for task_id, ats in arrived.items() for at in ats]
    print(f"{streams} streams, {reached:.0f} changes a second on another process:")
    report("from the request to the browser", from_request)
    report("from the response to the browser", from_response)


def report(what: str, times: list[float]) -> None:
    ordered = sorted(seconds * 1000 for seconds in times)
    p99 = ordered[round(len(ordered) * 0.99) - 1]
    print(f"  {what}: p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms")


async def idle(streams: int) -> None:
    async with measured(1, MAX_STREAMS=streams) as (_, (worker,)):
        visitors = [await worker.register() for _ in range(streams // PER_USER)]
        for number in range(20):
            await add(worker.client, visitors[0], f"Task {number}")
        process = psutil.Process(worker.server.process.pid)
        await cost_of_page(worker, visitors[0], 300)
        before = await cost_of_page(worker, visitors[0], 1000)
        memory = process.memory_info().rss
        ready = asyncio.Semaphore(0)

        async def read(visitor: Visitor) -> None:
            async for _ in events(worker.server.port, visitor):
                ready.release()

        reading = await open_streams(read, visitors, ready)
        beside = await cost_of_page(worker, visitors[0], 1000)
        more = (process.memory_info().rss - memory) / _MIB
        for task in reading:
            task.cancel()
    print(
        f"{streams} idle streams: {more:.0f} MiB more; a page takes {before * 1e6:.0f} µs of the"
        f" processor alone, {beside * 1e6:.0f} µs beside them ({beside / before:.2f} ×)"
    )


async def cost_of_page(worker: Worker, visitor: Visitor, count: int) -> float:
    """Processor seconds of the server for a page of tasks."""
    process = psutil.Process(worker.server.process.pid)
    began = process.cpu_times()
    for _ in range(count):
        answer = await worker.client.get(f"{API}/tasks", headers=visitor.headers)
        answer.raise_for_status()
    ended = process.cpu_times()
    return float(ended.user + ended.system - began.user - began.system) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", default=["latency", "idle", "faults", "restart", "cost"])
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--breaks", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--creates", type=int, default=500)
    given = parser.parse_args()
    for what in given.what:
        match what:
            case "latency":
                asyncio.run(latency(given.streams, given.rate, given.seconds))
            case "idle":
                asyncio.run(idle(2 * given.streams))
            case "cost":
                asyncio.run(cost(given.creates))
            case "restart":
                asyncio.run(restart(given.streams))
            case "faults":
                asyncio.run(faults(given.changes, given.breaks, given.kills))


if __name__ == "__main__":
    main()
