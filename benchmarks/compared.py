"""Servers that answer the same requests: a process and a database for each."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psutil

from BE.core.database.connections import connected
from benchmarks.closed_loop import MakeRequest, load
from tests.support.postgres import fresh_database
from tests.support.processes.server import environment, free_port, wait_for

OURS, BARE, FASTIFY, NOOP = "Bounded", "bare ASGI", "Fastify", "FastAPI doing nothing"
CONNECTIONS = 16
SECRET = "a secret of the benchmark, of more than thirty-two bytes"
NODE = Path(__file__).parent / "fastify"
TOKEN_MINUTES = 60  # the maximum: a busy machine is slow
PRODUCTION = {
    "ENVIRONMENT": "production",
    "JWT_EXPIRE_MINUTES": str(TOKEN_MINUTES),
    "JWT_SECRET": SECRET,
    "LOG_FORMAT": "json",
    "MAX_TASKS_PER_USER": "1000000",
    "METRICS_ENABLED": "true",
    "PUBLIC_URL": "https://bounded.example",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "bounded@bounded.example",
}
_SERVE = (sys.executable, "manage.py", "serve", "--workers", "1")
_SERVE_WITHOUT_FOLLOW_UP = (sys.executable, "-m", "benchmarks.without_follow_up")
_BARE = (
    *(sys.executable, "-m", "uvicorn", "benchmarks.yardstick:app", "--port", "{port}"),
    *("--no-access-log", "--log-level", "warning"),
)
_FASTIFY = ("node", str(NODE / "server.mjs"))
# There is no mail server: a mail that failed is retried for days, and is not counted.
OUR_BACKLOG = "SELECT count(*) FROM events.delivery WHERE state = 'pending' AND last_error IS NULL"
_FASTIFYS_BACKLOG = "SELECT count(*) FROM graphile_worker.jobs"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one workload on one server: µs of CPU a request, requests a second, milliseconds."""

    cpu: float
    throughput: float
    p50: float
    p99: float


class Server:
    """A server process on a port of its own."""

    def __init__(
        self, name: str, command: tuple[str, ...], log: Path, *, backlog: str = "", **env: Any
    ) -> None:
        """``backlog`` is a query that counts the pending follow-up work."""
        self.name = name
        self.port = free_port()
        self._log = log
        self._backlog = backlog
        self._dsn = env["DATABASE_URL"]
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [argument.format(port=self.port) for argument in command],
                env=environment(PORT=self.port, **env),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.measured = psutil.Process(self._process.pid)

    def wait_until(self, path: str) -> None:
        def answers() -> bool:
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}{path}").is_success
            except httpx.TransportError:
                return False

        wait_for(answers, f"{self.name} to answer")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def cpu_seconds(self) -> float:
        times = self.measured.cpu_times()
        return float(times.user + times.system)

    async def run(self, make: MakeRequest, requests: int) -> Run:
        """Measure until the last response, and until all follow-up work is done."""
        before = self.cpu_seconds()
        result = await load(self.port, make, requests=requests, connections=CONNECTIONS)
        await self._wait_until_drained()
        spent = self.cpu_seconds() - before
        result.require_success()
        return Run(
            cpu=spent / requests * 1e6,
            throughput=result.throughput,
            p50=result.percentile(0.5) * 1e3,
            p99=result.percentile(0.99) * 1e3,
        )

    async def _wait_until_drained(self) -> None:
        if not self._backlog:
            return
        async with connected(self._dsn) as connection:
            while await connection.fetchval(self._backlog):
                await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Compared:
    """Servers by name; some also without follow-up work."""

    servers: dict[str, Server]
    without_follow_up: dict[str, Server]


@asynccontextmanager
async def compared(postgres: str, seeded: str) -> AsyncIterator[Compared]:
    """Start Bounded and what it is compared with; Fastify only if npm is installed.

    Each has a copy of the database ``seeded``.
    """
    async with AsyncExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bounded-logs-")))
        numbers = count()

        async def start(
            name: str, command: tuple[str, ...], path: str, backlog: str = "", **env: str
        ) -> Server:
            dsn = await stack.enter_async_context(fresh_database(postgres, seeded))
            log = logs / f"{next(numbers)}.log"
            server = Server(
                name, command, log, backlog=backlog, **PRODUCTION, DATABASE_URL=dsn, **env
            )
            stack.callback(server.stop)
            await asyncio.to_thread(server.wait_until, path)
            return server

        ready = "/health/ready"
        servers = {OURS: await start(OURS, _SERVE, ready, OUR_BACKLOG)}
        without_follow_up = {OURS: await start(OURS, _SERVE_WITHOUT_FOLLOW_UP, ready)}
        servers[BARE] = servers[NOOP] = await start(BARE, _BARE, "/noop")
        if await asyncio.to_thread(_install_fastify):
            servers[FASTIFY] = await start(FASTIFY, _FASTIFY, "/noop", _FASTIFYS_BACKLOG)
            without_follow_up[FASTIFY] = await start(FASTIFY, _FASTIFY, "/noop", FOLLOW_UP="false")
        yield Compared(servers, without_follow_up)


def _install_fastify() -> bool:
    if not shutil.which("npm"):
        return False
    npm = ("npm", "ci", "--no-audit", "--no-fund", "--silent")
    subprocess.run(npm, cwd=NODE, check=True)
    return True
