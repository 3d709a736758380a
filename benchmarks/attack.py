"""Measures how attacks, one after the other, slow down other users.

``python -m benchmarks.attack [--seconds 20] [--only NAME]`` starts a PostgreSQL, and for each
attack a database and a server of its own, with one worker, the settings of production and the
default limits. The attacker and the other users are processes of their own, each with its own
loopback address. The bars: the others' median is at most three times what it was before the attack,
their p99 at most 250 ms, and the resident memory of the server at most 300 MB.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from BE.core.database.connections import connect
from benchmarks.attackers import ATTACKS, Target
from benchmarks.beside import loading
from benchmarks.bystander import API, Responses, Work
from benchmarks.compared import SECRET
from benchmarks.tasks_million import FILL
from benchmarks.under_load import serving
from config import load_settings
from container import Container
from main import create_app
from migrations.runner import Schema
from tests.support.client import Person, client_of, running, sign_up
from tests.support.postgres import fresh_database, postgres_server

USERS = 3
TASKS = 25
ATTACKER_TASKS = {"slow_readers": 50_000}
"""Tasks of the attacker; 100 in the other attacks."""
MEDIAN_RATIO, P99, MEMORY = 3.0, 250.0, 300.0
_MB = 1_000_000


async def seed(dsn: str, *, tasks: int) -> tuple[Person, list[tuple[str, str]]]:
    """Create the attacker, and the others: a token and the id of a task for each."""
    settings = load_settings(
        _env_file=None,
        environment="test",
        database_url=dsn,
        jwt_secret=SECRET,
        rate_limit_enabled=False,
        log_level="ERROR",
    )
    others = []
    async with (
        running(create_app(Container(settings=settings))) as app,
        client_of(app) as client,
    ):
        attacker, *users = [await sign_up(client) for _ in range(1 + USERS)]
        for user in users:
            for number in range(TASKS):
                body = {"title": f"Task {number}"}
                answer = await client.post(f"{API}/tasks", json=body, headers=user.headers)
            others.append((user.token, answer.raise_for_status().json()["id"]))
    connection = await connect(dsn)
    await connection.execute(FILL, UUID(attacker.id), tasks)
    await connection.execute("ANALYZE")
    await connection.close()
    return attacker, others


async def run_bystanders(work: Work) -> Responses:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.bystander", stdin=PIPE, stdout=PIPE
    )
    output, _ = await process.communicate(json.dumps(asdict(work)).encode())
    return Responses(**json.loads(output))


async def measure(postgres: str, name: str, seconds: float) -> bool:
    """Print the others' response times, and return whether the bars held."""
    async with fresh_database(postgres) as dsn:
        await Schema(dsn).migrate()
        attacker, others = await seed(dsn, tasks=ATTACKER_TASKS.get(name, 100))
        owned = "SELECT id::text FROM tasks.task WHERE owner_id = $1 LIMIT 1"
        task_id = str(await _query(dsn, owned, UUID(attacker.id)))
        with serving(dsn, workers=1) as server:
            port, status = server.port, Path(f"/proc/{server.measured.pid}/status")
            await run_bystanders(Work(port, 2, others))  # to warm up
            idle = await run_bystanders(Work(port, seconds, others))
            before = _peak_memory(status)
            target = Target(port, attacker.token, task_id)
            async with loading("benchmarks.attackers", name, target) as statuses:
                attacked = await run_bystanders(Work(port, seconds, others))
            memory = _peak_memory(status)
            pending = await _query(
                dsn, "SELECT count(*) FROM events.delivery WHERE state = 'pending'"
            )
    held = report(name, idle, attacked, (before, memory), statuses)
    print(f"  {pending} deliveries were pending at the end", flush=True)
    return held


def report(
    name: str,
    idle: Responses,
    attacked: Responses,
    memory: tuple[float, float],
    statuses: Counter[str],
) -> bool:
    medians = idle.percentile(0.5), attacked.percentile(0.5)
    ratio, p99 = medians[1] / medians[0], attacked.percentile(0.99)
    bars = {"median": ratio <= MEDIAN_RATIO, "p99": p99 <= P99, "memory": memory[1] <= MEMORY}
    failures = Counter(attacked.failures)
    missed = [bar for bar, holds in bars.items() if not holds]
    got = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    failed = ", ".join(f"{count} × {status}" for status, count in failures.items()) or "none"
    print(
        f"{name}: {'holds' if not missed else 'MISSES ' + ', '.join(missed)}\n"
        f"  median {medians[0]:.1f} → {medians[1]:.1f} ms ({ratio:.1f} ×),"
        f" p99 {idle.percentile(0.99):.1f} → {p99:.1f} ms"
        f" of {len(attacked.times) + len(attacked.failures)}; failed: {failed}\n"
        f"  peak memory {memory[0]:.0f} → {memory[1]:.0f} MB; the attacker got {got or 'nothing'}",
        flush=True,
    )
    return not missed


async def _query(dsn: str, query: str, *arguments: Any) -> Any:
    connection = await connect(dsn)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


def _peak_memory(status: Path) -> float:
    """The peak of the resident memory since the process began, in MB."""
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / _MB


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each attack")
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bounded-bench-") as directory,
        postgres_server(Path(directory)) as postgres,
    ):
        names = [name for name in ATTACKS if arguments.only in name]
        held = [await measure(postgres, name, arguments.seconds) for name in names]
    print(f"{sum(held)} of {len(held)} attacks stay within the bars")


if __name__ == "__main__":
    asyncio.run(main())
