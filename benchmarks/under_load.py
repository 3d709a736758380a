"""Measures a server beside sign-ins, with a second worker, and its memory over time.

``python -m benchmarks.under_load [--minutes 10]`` starts a PostgreSQL and the servers.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.closed_loop import MakeRequest, load, request
from benchmarks.compared import OUR_BACKLOG, PRODUCTION, Server
from benchmarks.speed import API, User, postgres, seed

_HASHED_AT_ONCE = 50
_CONNECTIONS = 16
_MIB = 1024 * 1024


@contextmanager
def serving(dsn: str, *, workers: int) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bounded-logs-") as logs:
        command = (sys.executable, "manage.py", "serve", "--workers", str(workers))
        server = Server(
            "Bounded",
            command,
            Path(logs) / "server.log",
            backlog=OUR_BACKLOG,
            **PRODUCTION,
            DATABASE_URL=dsn,
        )
        try:
            server.wait_until("/health/ready")
            yield server
        finally:
            server.stop()


def pages(users: list[User]) -> MakeRequest:
    turns = 0

    def make() -> bytes:
        nonlocal turns
        turns += 1
        return request("GET", f"{API}/tasks", users[turns % len(users)].token)

    return make


def sign_ins(users: list[User]) -> MakeRequest:
    turns = 0

    def make() -> bytes:
        nonlocal turns
        turns += 1
        user = users[turns % len(users)]
        body = json.dumps({"email": user.email, "password": user.password}).encode()
        return request("POST", f"{API}/auth/login", None, body)

    return make


async def beside_sign_ins(dsn: str, users: list[User]) -> str:
    """One client requests pages, alone and while fifty others sign in again and again."""
    with serving(dsn, workers=1) as server:
        await load(server.port, pages(users), requests=300, connections=1)
        idle = await load(server.port, pages(users), requests=500, connections=1)
        hashing = asyncio.create_task(
            load(server.port, sign_ins(users), requests=400, connections=_HASHED_AT_ONCE)
        )
        await asyncio.sleep(0.5)
        busy = await load(server.port, pages(users), requests=300, connections=1)
        still_hashing = not hashing.done()
        answers = (await hashing).statuses
        idle.require_success()
        busy.require_success()
    alone, beside = idle.percentile(0.5) * 1e3, busy.percentile(0.5) * 1e3
    return (
        f"page beside {_HASHED_AT_ONCE} sign-ins: median {alone:.2f} ms alone, {beside:.2f} ms"
        f" ({beside / alone:.2f} ×), p99 {idle.percentile(0.99) * 1e3:.2f} and"
        f" {busy.percentile(0.99) * 1e3:.2f} ms; sign-ins {answers}"
        + ("" if still_hashing else "; they ended before the pages did")
    )


async def with_workers(dsn: str, users: list[User]) -> str:
    """Also by processor time: the load generator needs a core of its own."""
    rates = {}
    for workers in (1, 2):
        with serving(dsn, workers=workers) as server:
            processes = [server.measured, *server.measured.children(recursive=True)]
            await load(server.port, pages(users), requests=1000, connections=_CONNECTIONS)
            before = _cpu(processes)
            result = await load(server.port, pages(users), requests=5000, connections=_CONNECTIONS)
            result.require_success()
            rates[workers] = result.throughput, (_cpu(processes) - before) / 5000 * 1e6
    (one, cpu_one), (two, cpu_two) = rates[1], rates[2]
    return (
        f"workers: 1 {one:.0f}/s at {cpu_one:.0f} µs of CPU, 2 {two:.0f}/s at {cpu_two:.0f} µs:"
        f" {two / one:.2f} × as measured, {2 * cpu_one / cpu_two:.2f} × by CPU"
    )


def _cpu(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return float(sum(spent.user + spent.system for spent in times))


async def in_memory(dsn: str, users: list[User], minutes: float) -> str:
    with serving(dsn, workers=1) as server:
        make = pages(users)
        sizes: list[float] = []
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until or len(sizes) < 2:
            result = await load(server.port, make, requests=4000, connections=_CONNECTIONS)
            result.require_success()
            sizes.append(server.measured.memory_info().rss / _MIB)
            await asyncio.sleep(8)  # a soak stays below the limit of 1 200 a minute and user
    half = len(sizes) // 2
    first, last = statistics.mean(sizes[:half]), statistics.mean(sizes[half:])
    return (
        f"memory in {minutes:g} min: {sizes[0]:.0f} MiB at first, then {first:.1f}, {last:.1f} MiB"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of the soak")
    minutes = parser.parse_args().minutes
    async with postgres() as (_, dsn):
        users = await seed(dsn)
        print(await beside_sign_ins(dsn, users))
        print(await with_workers(dsn, users))
        print(await in_memory(dsn, users, minutes))


if __name__ == "__main__":
    asyncio.run(main())
