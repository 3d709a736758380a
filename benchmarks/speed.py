"""What a request costs here, and with others that could answer it, in turn, in one run.

``python -m benchmarks.speed [--json]`` starts a PostgreSQL and the servers, a process each, ours
with its production settings. It reports the CPU time of the server process per request as the
operating system counts it, without PostgreSQL. Fastify takes part where there is npm.
"""

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.closed_loop import MakeRequest, Result, load, request
from config import load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import PASSWORD, client_of, running, sign_up
from tests.support.postgres import fresh_database, postgres_server
from tests.support.processes.server import environment, free_port, wait_for

API = "/api/v1"
SECRET = "a secret of the benchmark, of more than thirty-two bytes"
USERS = 100
TASKS = 25
CONNECTIONS = 16
ROUNDS = 3
OURS, BARE, FASTIFY, NOOP = "Bounded", "bare ASGI", "Fastify", "FastAPI doing nothing"
NODE = Path(__file__).parent / "fastify"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "JWT_SECRET": SECRET,
    "LOG_FORMAT": "json",
    "MAX_TASKS_PER_USER": "1000000",
    "METRICS_ENABLED": "true",
    "PUBLIC_URL": "https://bounded.example",
    "SMTP_URL": "smtp://127.0.0.1:1",  # nothing here sends mail
    "MAIL_FROM": "bounded@bounded.example",
}


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
    others: dict[str, MakeRequest]
    """What each of the others is asked."""
    requests: int = 3000


@dataclass(frozen=True, slots=True)
class Run:
    """One server under one work: µs of CPU a request, requests a second, milliseconds."""

    cpu: float
    throughput: float
    p50: float
    p99: float


class Server:
    """A process that answers on a port of its own."""

    def __init__(self, name: str, command: tuple[str, ...], log: Path, **env: Any) -> None:
        self.name = name
        self.port = free_port()
        self._log = log
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

    def noop() -> bytes:
        return request("GET", "/noop", None)

    page, whoami = get(f"{API}/tasks"), get(f"{API}/auth/me")
    yield Work("page of 20 tasks", page, {BARE: page, FASTIFY: page})
    yield Work("one task", one, {BARE: one})
    yield Work("create a task", create, {BARE: create, FASTIFY: create})
    yield Work("change a task", change, {BARE: change})
    yield Work("who am I", whoami, {BARE: whoami, NOOP: noop})
    yield Work("log in", login, {}, requests=200)


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
def servers(dsn: str) -> Iterator[dict[str, Server]]:
    """Bounded, and those it is compared with."""
    python = sys.executable
    bare = (python, "-m", "uvicorn", "benchmarks.yardstick:app", "--port", "{port}")
    quiet = ("--no-access-log", "--log-level", "warning")
    commands = {
        OURS: ((python, "manage.py", "serve", "--workers", "1"), "/health/ready"),
        BARE: ((*bare, *quiet), "/noop"),
    }
    if shutil.which("npm"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True)
        commands[FASTIFY] = (("node", str(NODE / "server.mjs")), "/noop")
    env = PRODUCTION | {"DATABASE_URL": dsn}
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bounded-logs-")))
        started = {}
        for name, (command, path) in commands.items():
            started[name] = Server(name, command, logs / f"{name}.log", **env)
            stack.callback(started[name].stop)
            started[name].wait_until(path)
        if BARE in started:
            started[NOOP] = started[BARE]
        yield started


async def measure(work: Work, running: dict[str, Server]) -> list[dict[str, Any]]:
    """All in turn, again and again: what else the machine does meets each alike."""
    asked = {OURS: work.make} | {
        name: make for name, make in work.others.items() if name in running
    }
    for name, make in asked.items():
        await running[name].run(make, work.requests // 10)
    runs: dict[str, list[Run]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, make in asked.items():
            runs[name].append(await running[name].run(make, work.requests))
    return [_row(work.name, name, runs[name], runs[OURS]) for name in asked]


def _row(work: str, name: str, runs: list[Run], ours: list[Run]) -> dict[str, Any]:
    """Medians, and of the ratios of ours to it the least and the greatest too."""
    ratios = [a.cpu / b.cpu for a, b in zip(ours, runs, strict=True)]
    medians = {
        field.name: statistics.median(getattr(run, field.name) for run in runs)
        for field in fields(Run)
    }
    spread = {"ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
    return {"work": work, "server": name} | medians | spread


def _print(rows: list[dict[str, Any]]) -> None:
    print("| work | server | CPU µs | ours ÷ it | req/s | p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        ratio = "{ratio:.2f} ({least:.2f}–{most:.2f})".format(**row)
        figures = "{cpu:.0f} | {ratio} | {throughput:.0f} | {p50:.1f} | {p99:.1f}"
        cells = row | {"ratio": "" if row["server"] == OURS else ratio}
        print(f"| {row['work']} | {row['server']} | {figures.format(**cells)} |")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="for a script")
    parser.add_argument("--only", default="", help="works whose name contains this")
    arguments = parser.parse_args()
    async with database() as dsn:
        users = await seed(dsn)
        with servers(dsn) as running:
            rows = [
                row
                for work in works(users)
                if arguments.only in work.name
                for row in await measure(work, running)
            ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        _print(rows)


if __name__ == "__main__":
    asyncio.run(main())
