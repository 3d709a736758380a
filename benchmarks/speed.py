"""What a request costs: Bounded against the least that could answer it, in turn, in one run.

``python -m benchmarks.speed [--json]`` starts a PostgreSQL and both servers, one worker each and
Bounded with its production settings, and reports the CPU time of the server process per request as
the operating system counts it, without PostgreSQL.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.closed_loop import MakeRequest, Result, load, request
from config import load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.e2e.server import environment, free_port, wait_for
from tests.support.client import PASSWORD, client_of, running, sign_up
from tests.support.postgres import fresh_database, postgres_server

API = "/api/v1"
SECRET = "a secret of the benchmark, of more than thirty-two bytes"
USERS = 100
TASKS = 25
CONNECTIONS = 16
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class User:
    email: str
    password: str
    token: str
    task_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    name: str
    make: MakeRequest
    requests: int = 3000
    baseline: MakeRequest | None = None
    """What the yardstick is asked instead."""


@dataclass(frozen=True, slots=True)
class Run:
    """One server under one work: µs of CPU a request, requests a second, milliseconds."""

    cpu: float
    throughput: float
    p50: float
    p99: float


class Server:
    """A process that answers on a port of its own."""

    def __init__(self, name: str, command: list[str], log: Path, **env: Any) -> None:
        self.name = name
        self.port = free_port()
        self._log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [each.format(port=self.port) for each in command],
                env=environment(PORT=self.port, **env),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._measured = psutil.Process(self._process.pid)

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
        times = self._measured.cpu_times()
        return float(times.user + times.system)

    async def run(self, make: MakeRequest, requests: int) -> Run:
        before = self.cpu_seconds()
        result = await load(self.port, make, requests=requests, connections=CONNECTIONS)
        spent = self.cpu_seconds() - before
        self._require_success(result)
        return Run(
            cpu=spent / requests * 1e6,
            throughput=result.throughput,
            p50=result.percentile(0.5) * 1e3,
            p99=result.percentile(0.99) * 1e3,
        )

    def _require_success(self, result: Result) -> None:
        failed = {status: n for status, n in result.statuses.items() if status >= 300}
        assert not failed, f"{self.name} answered {failed}"


def works(users: list[User]) -> Iterator[Work]:
    draw = random.Random(1)  # the same for every server

    def get(path: str) -> MakeRequest:
        return lambda: request("GET", path, draw.choice(users).token)

    def one() -> bytes:
        user = draw.choice(users)
        return request("GET", f"{API}/tasks/{draw.choice(user.task_ids)}", user.token)

    def create() -> bytes:
        body = b'{"title": "Draw the engine"}'
        return request("POST", f"{API}/tasks", draw.choice(users).token, body)

    def change() -> bytes:
        user = draw.choice(users)
        body = b'{"title": "Draw it again"}'
        return request("PATCH", f"{API}/tasks/{draw.choice(user.task_ids)}", user.token, body)

    def login() -> bytes:
        user = draw.choice(users)
        body = json.dumps({"email": user.email, "password": user.password}).encode()
        return request("POST", f"{API}/auth/login", None, body)

    yield Work("page of 20 tasks", get(f"{API}/tasks"))
    yield Work("one task", one)
    yield Work("create a task", create)
    yield Work("change a task", change)
    yield Work("who am I", get(f"{API}/auth/me"))
    yield Work(
        "who am I ÷ FastAPI doing nothing",
        get(f"{API}/auth/me"),
        baseline=lambda: request("GET", "/noop", None),
    )
    yield Work("log in", login, requests=200)


async def seed(dsn: str) -> list[User]:
    """People and their tasks, made through the API."""
    settings = load_settings(
        _env_file=None,
        environment="test",
        database_url=dsn,
        jwt_secret=SECRET,
        rate_limit_enabled=False,
        log_level="WARNING",
    )
    users = []
    async with (
        running(create_app(Container(settings=settings))) as app,
        client_of(app) as client,
    ):
        for _ in range(USERS):
            person = await sign_up(client)
            ids = []
            for number in range(TASKS):
                body = {
                    "title": f"Task {number}",
                    "description": "Something to do, told in a sentence or two. " * 3,
                    "due_at": "2030-01-01T09:00:00Z",
                    "tags": ["engine", "notes"],
                }
                answer = await client.post(f"{API}/tasks", json=body, headers=person.headers)
                ids.append(answer.raise_for_status().json()["id"])
            users.append(User(person.email, PASSWORD, person.token, tuple(ids)))
    return users


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory)) as server,
    ):
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate()
            yield dsn


@contextmanager
def servers(dsn: str) -> Iterator[tuple[Server, Server]]:
    """Bounded and the yardstick."""
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bounded-logs-")))
        env = {
            "ENVIRONMENT": "production",
            "DATABASE_URL": dsn,
            "JWT_SECRET": SECRET,
            "LOG_FORMAT": "json",
            "PUBLIC_URL": "https://bounded.example",
        }
        ours = [sys.executable, "manage.py", "serve", "--workers", "1"]
        bare = [
            *(sys.executable, "-m", "uvicorn", "benchmarks.yardstick:app"),
            *("--port", "{port}", "--no-access-log", "--log-level", "warning"),
        ]
        started = []
        for name, command, path in (
            ("Bounded", ours, "/health/ready"),
            ("bare ASGI", bare, "/noop"),
        ):
            server = Server(name, command, logs / f"{name}.log", **env)
            stack.callback(server.stop)
            server.wait_until(path)
            started.append(server)
        yield started[0], started[1]


async def measure(work: Work, ours: Server, bare: Server) -> dict[str, Any]:
    """A B A B: what else the machine does meets both alike."""
    theirs = work.baseline or work.make
    await ours.run(work.make, work.requests // 10)
    await bare.run(theirs, work.requests // 10)
    pairs = []
    for _ in range(ROUNDS):
        a = await ours.run(work.make, work.requests)
        b = await bare.run(theirs, work.requests)
        pairs.append((a, b))
    ratios = [a.cpu / b.cpu for a, b in pairs]
    return {
        "work": work.name,
        "ours": _median([a for a, _ in pairs]),
        "yardstick": _median([b for _, b in pairs]),
        "ratio": statistics.median(ratios),
        "ratio_from": min(ratios),
        "ratio_to": max(ratios),
    }


def _median(runs: list[Run]) -> dict[str, float]:
    rows = [asdict(run) for run in runs]
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _print(rows: list[dict[str, Any]]) -> None:
    print(f"{'':34}{'CPU µs':>16}{'ratio':>20}{'req/s':>14}{'p50 ms':>14}{'p99 ms':>14}")
    for row in rows:
        ours, bare = row["ours"], row["yardstick"]
        ratio = f"{row['ratio']:.2f} ({row['ratio_from']:.2f}–{row['ratio_to']:.2f})"
        print(
            f"{row['work']:34}{ours['cpu']:8.0f} /{bare['cpu']:6.0f}{ratio:>20}"
            f"{ours['throughput']:8.0f} /{bare['throughput']:5.0f}"
            f"{ours['p50']:7.1f} /{bare['p50']:5.1f}{ours['p99']:7.1f} /{bare['p99']:5.1f}"
        )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="for a script")
    parser.add_argument("--only", default="", help="works whose name contains this")
    arguments = parser.parse_args()
    async with database() as dsn:
        users = await seed(dsn)
        with servers(dsn) as (ours, bare):
            rows = [
                await measure(work, ours, bare)
                for work in works(users)
                if arguments.only in work.name
            ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        _print(rows)


if __name__ == "__main__":
    asyncio.run(main())
