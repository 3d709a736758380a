"""Measures writes and reads of tasks while a million of them are migrated.

Starts a PostgreSQL of its own: ``.venv/bin/python -m benchmarks.migration``. The million is created
at the revision before teams; clients then create, change and read tasks without a pause, for a few
seconds as a baseline, and then during the migration.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from BE.core.database.connections import connect
from BE.core.types import new_id
from benchmarks.tasks_million import MILLION, fill
from commands.embedded import embedded_postgres
from migrations.runner import Schema

BEFORE_TEAMS = "0032"
CLIENTS = 4
BASELINE = 5.0  # seconds

CREATE = """
    INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position)
    VALUES ($1, $2, 'Another', 'todo', 'none', '{}', 'z')
"""
CHANGE = "UPDATE tasks.task SET title = 'Changed', version = version + 1 WHERE id = $1"
READ = """
    SELECT id, title FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 20
"""


class Clients:
    """Clients, and the time of each statement in milliseconds."""

    def __init__(self, dsn: str, owner_id: UUID) -> None:
        self._dsn = dsn
        self._owner_id = owner_id
        self.times: list[float] = []
        self.failed = 0

    async def run(self, until: asyncio.Event) -> None:
        connection = await connect(self._dsn)
        while not until.is_set():
            task_id = new_id()
            for statement, argument in ((CREATE, None), (CHANGE, task_id), (READ, self._owner_id)):
                with self._timed():
                    if argument is None:
                        await connection.execute(statement, task_id, self._owner_id)
                    else:
                        await connection.fetch(statement, argument)
        await connection.close()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        except Exception:  # noqa: BLE001 - counted
            self.failed += 1
        self.times.append((time.perf_counter() - began) * 1000)

    def summary(self) -> str:
        cuts = statistics.quantiles(self.times, n=100)
        return (
            f"{len(self.times)} statements, {self.failed} failed, median {cuts[49]:.1f} ms,"
            f" p99 {cuts[98]:.1f} ms, longest {max(self.times):.0f} ms"
        )


async def measure(dsn: str) -> None:
    await Schema(dsn).migrate(BEFORE_TEAMS)
    owner_id = new_id()
    connection = await connect(dsn)
    await fill(connection, {MILLION: owner_id})
    await connection.close()

    async with asyncio.TaskGroup() as group:
        idle, done = Clients(dsn, owner_id), asyncio.Event()
        for _ in range(CLIENTS):
            group.create_task(idle.run(done))
        await asyncio.sleep(BASELINE)
        done.set()
    print(f"before: {idle.summary()}")

    async with asyncio.TaskGroup() as group:
        busy, done = Clients(dsn, owner_id), asyncio.Event()
        for _ in range(CLIENTS):
            group.create_task(busy.run(done))
        began = time.perf_counter()
        await Schema(dsn).migrate()
        print(f"migrated in {time.perf_counter() - began:.1f} s")
        done.set()
    print(f"meanwhile: {busy.summary()}")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # the embedded server may run as another user
        with embedded_postgres(Path(directory) / "data") as dsn:
            asyncio.run(measure(dsn))


if __name__ == "__main__":
    main()
