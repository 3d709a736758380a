"""Compares the cost of a request with that on other servers, in turn, in one run.

``python -m benchmarks.speed [--json]`` starts a PostgreSQL and the servers, a process each, ours
with its production settings. It reports the CPU time of the server process per request as the
operating system counts it, without PostgreSQL, with the work that follows the responses.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.closed_loop import MakeRequest, request
from benchmarks.compared import (
    BARE,
    FASTIFY,
    NOOP,
    OURS,
    SECRET,
    TOKEN_MINUTES,
    Compared,
    Run,
    Server,
    compared,
)
from config import load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import PASSWORD, client_of, running, sign_up
from tests.support.postgres import fresh_database, postgres_server

API = "/api/v1"
USERS = 100
TASKS = 25
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class User:
    email: str
    password: str
    token: str
    task_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    make: MakeRequest
    others: dict[str, MakeRequest]
    """The request to each of the other servers."""
    requests: int = 2000
    is_followed_up: bool = False
    """Whether work follows the response, without which the cost is reported too."""


def workloads(users: list[User]) -> Iterator[Workload]:
    draw = random.Random(1)  # the same for every server

    def get(path: str) -> MakeRequest:
        return lambda: request("GET", path, draw.choice(users).token)

    def single_task() -> bytes:
        user = draw.choice(users)
        return request("GET", f"{API}/tasks/{draw.choice(user.task_ids)}", user.token)

    def create() -> bytes:
        body = b'{"title": "Draw the engine"}'
        return request("POST", f"{API}/tasks", draw.choice(users).token, body)

    def change() -> bytes:
        user = draw.choice(users)
        body = b'{"title": "Draw it again"}'
        return request("PATCH", f"{API}/tasks/{draw.choice(user.task_ids)}", user.token, body)

    in_turn = cycle(users)  # a user who signs in too often is refused

    def login() -> bytes:
        user = next(in_turn)
        body = json.dumps({"email": user.email, "password": user.password}).encode()
        return request("POST", f"{API}/auth/login", None, body)

    def noop() -> bytes:
        return request("GET", "/noop", None)

    page, whoami = get(f"{API}/tasks"), get(f"{API}/auth/me")
    yield Workload("page of 20 tasks", page, {BARE: page, FASTIFY: page})
    yield Workload("one task", single_task, {BARE: single_task})
    yield Workload("create a task", create, {BARE: create, FASTIFY: create}, is_followed_up=True)
    yield Workload("change a task", change, {BARE: change})
    yield Workload("who am I", whoami, {BARE: whoami, NOOP: noop})
    yield Workload("log in", login, {}, requests=100)  # an address may not do more in a minute


def unlimited(dsn: str) -> Container:
    """Parts of an application without rate limits, which fills the database of a benchmark."""
    return Container(
        settings=load_settings(
            _env_file=None,
            environment="test",
            database_url=dsn,
            jwt_secret=SECRET,
            jwt_expire_minutes=TOKEN_MINUTES,
            rate_limit_enabled=False,
            log_level="WARNING",
        )
    )


async def seed(dsn: str, count: int = USERS) -> list[User]:
    """Create users and their tasks through the API."""
    users = []
    async with running(create_app(unlimited(dsn))) as app, client_of(app) as client:
        for _ in range(count):
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
async def postgres() -> AsyncIterator[tuple[str, str]]:
    """Yield the DSN of a server, and of a database with every table in it."""
    with (
        tempfile.TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory)) as server,
    ):
        async with fresh_database(server) as dsn:
            await Schema(dsn).migrate()
            yield server, dsn


async def measure(workload: Workload, compared_servers: Compared) -> list[dict[str, Any]]:
    rows = await _measure_in_turn(workload, compared_servers.servers)
    if workload.is_followed_up:
        rows += await _measure_in_turn(
            workload, compared_servers.without_follow_up, ", nobody follows up"
        )
    return rows


async def _measure_in_turn(
    workload: Workload, servers: dict[str, Server], remark: str = ""
) -> list[dict[str, Any]]:
    """Repeat all in turn, so that other load on the machine affects each alike."""
    requests = {OURS: workload.make} | {
        name: make for name, make in workload.others.items() if name in servers
    }
    for name, make in requests.items():
        await servers[name].run(make, workload.requests // 10)
    runs: dict[str, list[Run]] = {name: [] for name in requests}
    for _ in range(ROUNDS):
        for name, make in requests.items():
            runs[name].append(await servers[name].run(make, workload.requests))
    return [_row(workload.name + remark, name, runs[name], runs[OURS]) for name in requests]


def _row(workload: str, name: str, runs: list[Run], ours: list[Run]) -> dict[str, Any]:
    """Medians, with the least and the greatest ratio of ours to it."""
    ratios = [our.cpu / its.cpu for our, its in zip(ours, runs, strict=True)]
    medians = {
        field.name: statistics.median(getattr(run, field.name) for run in runs)
        for field in fields(Run)
    }
    spread = {"ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}
    return {"work": workload, "server": name} | medians | spread


HEAD = """\
| work | server | CPU µs | ours ÷ it | req/s | p50 ms | p99 ms |
|---|---|---|---|---|---|---|"""


def _line(row: dict[str, Any]) -> str:
    ratio = "{ratio:.2f} ({least:.2f}–{most:.2f})".format(**row)
    figures = "{cpu:.0f} | {ratio} | {throughput:.0f} | {p50:.1f} | {p99:.1f}"
    cells = row | {"ratio": "" if row["server"] == OURS else ratio}
    return f"| {row['work']} | {row['server']} | {figures.format(**cells)} |"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="for a script")
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    arguments = parser.parse_args()
    async with postgres() as (server, dsn):
        users = await seed(dsn)
        async with compared(server, dsn) as compared_servers:
            if not arguments.json:
                print(HEAD, flush=True)
            rows = []
            for workload in workloads(users):
                if arguments.only in workload.name:
                    measured = await measure(workload, compared_servers)
                    rows += measured
                    if not arguments.json:
                        print(*map(_line, measured), sep="\n", flush=True)
    if arguments.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    asyncio.run(main())
