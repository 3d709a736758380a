"""Measures the cost of row-level security: migrating a million tasks, pages, writes and searches.

Starts a PostgreSQL of its own: ``.venv/bin/python -m benchmarks.second_lock``. It calls the
service, without HTTP, and compared calls take turns. *Limited* is how a team's reads run: in a
transaction that PostgreSQL limits to the rows of its owner.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from BE.core.database.connections import connect
from BE.core.database.row_scope import enter_rows_of
from BE.core.types import new_id
from BE.modules.tasks.models import Owner, TaskFilter, TaskOrder
from benchmarks.tasks_million import fill
from commands.embedded import embedded_postgres
from config import load_settings
from container import Container
from migrations.runner import Schema

MILLION, HUNDRED_THOUSAND, THOUSAND = 1_000_000, 100_000, 1_000
ROUNDS = 300
NEWEST = TaskOrder("created_at", descending=True)

type Call = Callable[[], Awaitable[Any]]


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # the embedded server may run as another user
        with embedded_postgres(Path(directory) / "data") as dsn:
            asyncio.run(measure(dsn))


async def measure(dsn: str) -> None:
    await Schema(dsn).migrate("0033")
    connection = await connect(dsn)
    owners = {size: new_id() for size in (MILLION, HUNDRED_THOUSAND, THOUSAND)}
    await fill(connection, owners)
    settings = load_settings(
        _env_file=None, environment="test", jwt_secret="b" * 32, max_tasks_per_user=2 * MILLION
    )
    container = Container(settings=settings.model_copy(update={"database_url": dsn}))
    owner = owners[THOUSAND]
    async with container.database():
        page = page_of(container, owner)
        before = await medians({"page": page})
    began = time.perf_counter()
    await Schema(dsn).migrate()
    print(f"0034 beside {MILLION:,} tasks: {(time.perf_counter() - began) * 1000:.0f} ms in all")
    container = Container(settings=settings.model_copy(update={"database_url": dsn}))
    async with container.database():
        page = page_of(container, owner)
        after = await medians({"page": page})
        print(f"a page of tasks: {before['page']:.3f} ms before, {after['page']:.3f} after")
        await connection.execute("ALTER TABLE tasks.task DISABLE ROW LEVEL SECURITY")
        disabled = await medians({"page": page})
        await connection.execute("ALTER TABLE tasks.task ENABLE ROW LEVEL SECURITY")
        enabled = await medians({"page": page})
        print(f"  without {disabled['page']:.3f} ms, with {enabled['page']:.3f}, in one run")
        await show({"own": page, "limited": limited(page, owner)})
        for word in ("rare", "absent", "common"):
            searcher = owners[HUNDRED_THOUSAND]
            search = page_of(container, searcher, q=word)
            print(f"search of {HUNDRED_THOUSAND:,} tasks for a word: {word}")
            await show({"own": search, "limited": limited(search, searcher)}, rounds=20)
    await connection.close()


def page_of(container: Container, owner: UUID, **where: Any) -> Call:
    service = container.task_service()
    return lambda: service.page(Owner(owner), TaskFilter(**where), NEWEST, limit=20, cursor=None)


def limited(call: Call, owner: UUID) -> Call:
    async def run() -> Any:
        enter_rows_of(owner, holds_reads=True)
        try:
            return await call()
        finally:
            enter_rows_of(owner)

    return run


async def show(calls: dict[str, Call], rounds: int = ROUNDS) -> None:
    found = await medians(calls, rounds)
    first = next(iter(found.values()))
    for name, median in found.items():
        print(f"  {name:8}{median:9.3f} ms{median / first:7.2f}")


async def medians(calls: dict[str, Call], rounds: int = ROUNDS) -> dict[str, float]:
    """In milliseconds; the calls take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 10):
        for name, call in calls.items():
            began = time.perf_counter()
            await call()
            if number >= 10:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) * 1000 for name, taken in times.items()}


if __name__ == "__main__":
    main()
