"""What the live feed takes and costs. ``python -m benchmarks.live [latency|idle|faults] …``

- ``latency``: 500 streams on one process, 200 changes a second on another: from the request to the
  browser, and from its answer.
- ``idle``: 1 000 streams on which nothing happens: memory, and a page of tasks beside them.
- ``faults``: readers that come and go, servers that are killed: what is lost or doubled.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress

import httpx
import orjson
import psutil

from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker

_MIB = 1024 * 1024
_PER_USER = 10


async def events(
    port: int, visitor: Visitor, since: str = ""
) -> AsyncIterator[tuple[bytes, str, bytes]]:
    """Name, cursor and data of each event of a stream, until it ends."""
    resumed = f"Last-Event-ID: {since}\r\n" if since else ""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"GET {API}/changes HTTP/1.1\r\nHost: localhost\r\n{resumed}"
            f"Authorization: Bearer {visitor.access_token}\r\n\r\n".encode()
        )
        fields: dict[bytes, bytes] = {}
        while line := await reader.readline():
            name, separator, value = line.strip().partition(b": ")
            if separator and name in {b"event", b"id", b"data"}:
                fields[name] = value
            elif len(fields) == 3:
                yield fields[b"event"], fields[b"id"].decode(), fields[b"data"]
                fields = {}
    finally:
        writer.close()


async def add(client: httpx.AsyncClient, visitor: Visitor, title: str) -> str:
    answer = await client.post(f"{API}/tasks", json={"title": title}, headers=visitor.headers)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def opened(
    read: Callable[[Visitor], Coroutine[None, None, None]],
    visitors: list[Visitor],
    ready: asyncio.Semaphore,
) -> list[asyncio.Task[None]]:
    """Open the streams, fewer at a time than are refused."""
    reading = []
    for _ in range(_PER_USER):
        turn = [asyncio.create_task(read(visitor)) for visitor in visitors]
        for _ in turn:
            await ready.acquire()
        reading += turn
    return reading


async def latency(streams: int, rate: int, seconds: int) -> None:
    async with measured(2) as (_, (here, there)):
        visitors = [await here.register() for _ in range(streams // _PER_USER)]
        arrived: dict[str, list[float]] = defaultdict(list)
        ready = asyncio.Semaphore(0)

        async def read(visitor: Visitor) -> None:
            async for name, _, data in events(there.server.port, visitor):
                if name == b"ready":
                    ready.release()
                else:
                    arrived[orjson.loads(data)["id"]].append(time.perf_counter())

        reading = await opened(read, visitors, ready)
        sent: dict[str, float] = {}
        answered: dict[str, float] = {}

        async def change(visitor: Visitor) -> None:
            began = time.perf_counter()
            task_id = await add(here.client, visitor, "a")
            sent[task_id], answered[task_id] = began, time.perf_counter()

        began = time.perf_counter()
        changing = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            changing.append(asyncio.create_task(change(visitors[number % len(visitors)])))
        await asyncio.gather(*changing)
        reached = len(changing) / (time.perf_counter() - began)
        while sum(map(len, arrived.values())) < len(sent) * _PER_USER:
            await asyncio.sleep(0.05)
        for task in reading:
            task.cancel()
    whole = [at - sent[task_id] for task_id, ats in arrived.items() for at in ats]
    after = [at - answered[task_id] for task_id, ats in arrived.items() for at in ats]
    print(f"{streams} streams, {reached:.0f} changes a second on another process:")
    report("from the request to the browser", whole)
    report("from the answer to the browser", after)


def report(what: str, times: list[float]) -> None:
    ordered = sorted(seconds * 1000 for seconds in times)
    p99 = ordered[round(len(ordered) * 0.99) - 1]
    print(f"  {what}: p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms")


async def idle(streams: int) -> None:
    async with measured(1, MAX_STREAMS=streams) as (_, (worker,)):
        visitors = [await worker.register() for _ in range(streams // _PER_USER)]
        for number in range(20):
            await add(worker.client, visitors[0], f"Task {number}")
        process = psutil.Process(worker.server.process.pid)
        await pages(worker, visitors[0], 300)
        before = await pages(worker, visitors[0], 1000)
        memory = process.memory_info().rss
        ready = asyncio.Semaphore(0)

        async def read(visitor: Visitor) -> None:
            async for _ in events(worker.server.port, visitor):
                ready.release()

        reading = await opened(read, visitors, ready)
        beside = await pages(worker, visitors[0], 1000)
        more = (process.memory_info().rss - memory) / _MIB
        for task in reading:
            task.cancel()
    print(
        f"{streams} idle streams: {more:.0f} MiB more; a page takes {before * 1e6:.0f} µs of the"
        f" processor alone, {beside * 1e6:.0f} µs beside them ({beside / before:.2f} ×)"
    )


async def pages(worker: Worker, visitor: Visitor, count: int) -> float:
    """Seconds of the processor that the server takes for a page of tasks."""
    process = psutil.Process(worker.server.process.pid)
    began = process.cpu_times()
    for _ in range(count):
        answer = await worker.client.get(f"{API}/tasks", headers=visitor.headers)
        answer.raise_for_status()
    ended = process.cpu_times()
    return float(ended.user + ended.system - began.user - began.system) / count


async def faults(changes: int, disconnects: int) -> None:
    """Readers go on elsewhere after each break; each change is a version of one of ten tasks."""
    async with measured(3) as (_, workers):
        writer, *served = workers
        visitor = await writer.register()
        tasks = [await add(writer.client, visitor, str(number)) for number in range(10)]
        seen: dict[str, list[int]] = defaultdict(list)
        counts: Counter[str] = Counter()
        cursor, is_over = "", False
        chance = random.Random(1)

        async def read() -> None:
            nonlocal cursor
            while not is_over:
                port = chance.choice(served).server.port
                until = chance.randrange(1, max(2, 2 * changes // disconnects))
                with suppress(OSError):
                    async for name, last, data in events(port, visitor, cursor):
                        cursor = last
                        if name == b"task.changed":
                            change = orjson.loads(data)
                            seen[change["id"]].append(change["version"])
                            until -= 1
                        counts[name.decode()] += 1
                        if until == 0 or is_over:
                            break
                counts["breaks"] += 1

        async def write(task: str) -> None:
            body = {"title": "a"}
            for number in range(changes // len(tasks)):
                path = f"{API}/tasks/{task}"
                body = {"title": str(number)}
                answer = await writer.client.patch(path, json=body, headers=visitor.headers)
                answer.raise_for_status()

        reading = asyncio.create_task(read())
        await asyncio.gather(*(write(task) for task in tasks))
        expected = list(range(2, 2 + changes // len(tasks)))
        for _ in range(600):
            if all(seen[task] == expected for task in tasks):
                break
            await asyncio.sleep(0.1)
        is_over = True
        reading.cancel()
    lost = sum(len(set(expected) - set(seen[task])) for task in tasks)
    doubled = sum(len(seen[task]) - len(set(seen[task])) for task in tasks)
    disordered = sum(seen[task] != sorted(seen[task]) for task in tasks)
    print(
        f"{changes} changes over {counts['breaks']} breaks: {lost} lost, {doubled} doubled,"
        f" {disordered} tasks out of order, {counts['reset']} resets"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", default=["latency", "idle", "faults"])
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--disconnects", type=int, default=1000)
    given = parser.parse_args()
    for what in given.what:
        match what:
            case "latency":
                asyncio.run(latency(given.streams, given.rate, given.seconds))
            case "idle":
                asyncio.run(idle(2 * given.streams))
            case "faults":
                asyncio.run(faults(given.changes, given.disconnects))


if __name__ == "__main__":
    main()
