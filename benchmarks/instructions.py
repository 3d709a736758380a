"""Counts the processor instructions of a request, which other load does not change.

``python -m benchmarks.instructions [requests]`` runs the server under callgrind (Debian:
``apt-get install valgrind``), some fifty times slower than usual. Run it in two working trees to
compare them: a difference of 2 % is real. The kernel's instructions are not counted.
"""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.closed_loop import MakeRequest, load, request
from benchmarks.compared import PRODUCTION, Server
from benchmarks.speed import API, User, postgres, seed, workloads
from benchmarks.team_pages import team_of

REQUESTS = int(sys.argv[1]) if sys.argv[1:] else 500
CONNECTIONS = 4
IDLE_SECONDS = 10
TOO_SLOW = {"log in"}


class Counter:
    """Counts the instructions of a process under callgrind while a block runs."""

    def __init__(self, pid: int, output: Path) -> None:
        self._pid = str(pid)
        self._output = output
        self.instructions = 0
        self.seconds = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        self._control("--instr=on")
        self._control("--zero")
        began = time.monotonic()
        yield
        self.seconds = time.monotonic() - began
        self._control("--dump")
        self._control("--instr=off")
        newest = max(self._output.glob("callgrind*"), key=lambda path: path.stat().st_mtime)
        total = re.search(r"^(?:summary|totals): (\d+)", newest.read_text("latin-1"), re.MULTILINE)
        assert total is not None
        self.instructions = int(total[1])

    def _control(self, option: str) -> None:
        subprocess.run(["callgrind_control", option, self._pid], capture_output=True, check=True)


async def main() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("This needs valgrind (Debian: apt-get install valgrind).")
    async with postgres() as (_, dsn):
        users = await seed(dsn)
        with tempfile.TemporaryDirectory(prefix="bounded-callgrind-") as directory:
            output = Path(directory)
            server = start(dsn, output)
            try:
                counter = Counter(server.measured.pid, output)
                with counter.counting():
                    await asyncio.sleep(IDLE_SECONDS)
                idle = counter.instructions / counter.seconds
                for workload in workloads(users):
                    if workload.name not in TOO_SLOW:
                        await show(workload.name, workload.make, server, counter, idle)
                for name, make in await team_requests(server, users[0]):
                    await show(name, make, server, counter, idle)
            finally:
                server.stop()


def start(dsn: str, output: Path) -> Server:
    callgrind = (
        "valgrind",
        "--tool=callgrind",
        "--instr-atstart=no",
        f"--callgrind-out-file={output / 'callgrind'}",
    )
    command = (*callgrind, sys.executable, "manage.py", "serve", "--workers", "1")
    env: dict[str, Any] = PRODUCTION | {"DB_POOL_TIMEOUT": 60, "PYTHONHASHSEED": 0}
    server = Server("Bounded", command, output / "log", DATABASE_URL=dsn, **env)
    server.wait_until("/health/ready")
    return server


async def team_requests(server: Server, user: User) -> list[tuple[str, MakeRequest]]:
    """A page of the user's own tasks, and one of as many team tasks."""
    team = await team_of(server, user)
    return [
        ("own page", lambda: request("GET", f"{API}/tasks", user.token)),
        ("team page", lambda: request("GET", f"{API}/teams/{team}/tasks", user.token)),
    ]


async def show(name: str, make: MakeRequest, server: Server, counter: Counter, idle: float) -> None:
    cost = await cost_of(make, server, counter, idle)
    print(f"{name}: {cost / 1000:.0f} thousand instructions", flush=True)


async def cost_of(make: MakeRequest, server: Server, counter: Counter, idle: float) -> float:
    """Instructions of one request, without those of an idle process."""
    await load(server.port, make, requests=REQUESTS // 5, connections=CONNECTIONS)
    with counter.counting():
        result = await load(server.port, make, requests=REQUESTS, connections=CONNECTIONS)
    assert all(status < 300 for status in result.statuses), result.statuses
    return (counter.instructions - idle * counter.seconds) / REQUESTS


if __name__ == "__main__":
    asyncio.run(main())
