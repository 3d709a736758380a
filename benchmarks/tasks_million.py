"""Compares pages, searches and filters over a million tasks of one owner with a thousand.

Starts a PostgreSQL of its own: ``.venv/bin/python -m benchmarks.tasks_million``. It times calls
of the service, without HTTP; each figure is the median of up to 200 calls within some seconds, and
the two sizes take turns. The plan of every page is run with ``EXPLAIN ANALYZE`` and must not scan
the whole table.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from BE.core.database.connections import connect
from BE.core.types import new_id
from BE.modules.tasks.models import Owner, TaskFilter, TaskOrder, TaskSort
from BE.modules.tasks.repository.finding import arguments, finding, needs_zone
from commands.embedded import embedded_postgres
from config import load_settings
from container import Container
from migrations.runner import Schema

MILLION, THOUSAND = 1_000_000, 1_000
ROUNDS, SECONDS = 200, 8
NEWEST = TaskOrder("created_at", descending=True)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
URGENT_FIRST = TaskOrder("priority", descending=True)
SORTS: tuple[TaskSort, ...] = get_args(TaskSort.__value__)
SPREAD = ("every300", "every1000", "every3000")

# Every second task contains `common`, every hundredth `seldom`, ten of them `rare`, the ten newest
# `lately`. The oldest tenth contains `archived`, and is tagged so. A task that is tagged `home` has
# no priority, one in progress the priority `low`.
FILL = """
    INSERT INTO tasks.task (
        id, owner_id, title, description, status, priority, due_at, tags, position,
        created_at, updated_at, completed_at
    )
    SELECT
        uuidv7(),
        $1,
        'Task ' || md5(n::text),
        concat_ws(
            ' ',
            'The words of a task that somebody has described in a sentence or two',
            CASE WHEN n % 2 = 0 THEN 'common' END,
            CASE WHEN n % 100 = 0 THEN 'seldom' END,
            CASE WHEN n % 300 = 0 THEN 'every300' END,
            CASE WHEN n % 1000 = 0 THEN 'every1000' END,
            CASE WHEN n % 3000 = 0 THEN 'every3000' END,
            CASE WHEN n % ($2::int / 10) = 0 THEN 'rare' END,
            CASE WHEN n <= 10 THEN 'lately' END,
            CASE WHEN n > $2::int / 10 * 9 THEN 'archived' END
        ),
        CASE WHEN n % 3 = 0 THEN 'done' WHEN n % 1000 = 1 THEN 'in_progress' ELSE 'todo' END,
        ('{none,low,medium,high,urgent}'::text[])[1 + n % 5],
        CASE WHEN n % 4 > 0 THEN now() + (n % 2000 - 1000) * interval '1 hour' END,
        CASE WHEN n % 10 = 0 THEN '{home,work}' ELSE '{work}' END::text[]
            || CASE WHEN n > $2::int / 10 * 9 THEN '{archived}' END::text[],
        'i' || lpad(n::text, 9, '0'),
        now() - n * interval '1 second',
        now() - (n::bigint * 7919 % $2::int) * interval '1 second',
        CASE WHEN n % 3 = 0 THEN now() END
    FROM generate_series(1, $2::int) AS n
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # the embedded server may run as another user
        with embedded_postgres(Path(directory) / "data") as dsn:
            asyncio.run(measure(dsn))


async def measure(dsn: str) -> None:
    await Schema(dsn).migrate()
    owners = {size: new_id() for size in (MILLION, THOUSAND)}
    connection = await connect(dsn)
    started = time.perf_counter()
    await fill(connection, owners)
    print(f"rows made in {time.perf_counter() - started:.0f} s")

    settings = load_settings(
        _env_file=None, environment="test", jwt_secret="b" * 32, max_tasks_per_user=2 * MILLION
    )
    container = Container(settings=settings.model_copy(update={"database_url": dsn}))
    async with container.database():
        cases = [case async for case in calls(container, owners)]
        print(f"{'':44}{'1 000':>10}{'1 000 000':>12}{'ratio':>8}")
        for name, thousand, million in cases:
            few, many = await medians(thousand, million)
            print(f"{name:44}{few:>7.2f} ms{many:>9.2f} ms{many / few:>8.2f}", flush=True)
    plans = [await plan(connection, owners[MILLION], *page) for page in pages()]
    scanning = [name for name, nodes, _ in plans if "Seq Scan" in nodes]
    slowest = max(plans, key=lambda run: run[2])
    print(f"{len(plans)} plans, {len(scanning)} of them with a sequential scan {scanning}")
    print(f"the slowest: {slowest[2]:.1f} ms, {slowest[0]}")
    await connection.close()


async def fill(connection: Any, owners: dict[int, UUID]) -> None:
    """Create the indexes afterwards, which is ten times faster."""
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'tasks' AND tablename = 'task' AND indexname <> 'task_pkey'"
    )
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX tasks.{name}")
    for size, owner in owners.items():
        await connection.execute(FILL, owner, size)
    for _, definition in indexes:
        await connection.execute(definition)
    await connection.execute("VACUUM ANALYZE tasks.task")


type Call = Callable[[], Awaitable[Any]]


async def calls(container: Container, owners: dict[int, UUID]) -> Any:
    service = container.task_service()

    def page(size: int, cursor: str | None = None, **options: Any) -> Call:
        order = options.pop("order", NEWEST)
        where = TaskFilter(**options)
        return lambda: service.page(Owner(owners[size]), where, order, limit=20, cursor=cursor)

    async def cursor_after(size: int, pages: int) -> str | None:
        cursor = None
        for _ in range(pages):
            found = await service.page(
                Owner(owners[size]), TaskFilter(), NEWEST, limit=20, cursor=cursor
            )
            cursor = found.next_cursor
        return cursor

    yield "first page", page(THOUSAND), page(MILLION)
    # a thousand tasks have fifty pages: their last but one is compared with page 1 000
    yield (
        "page 1 000 (49 of 50)",
        page(THOUSAND, await cursor_after(THOUSAND, 48)),
        page(MILLION, await cursor_after(MILLION, 999)),
    )
    for word in (
        "rare",
        "seldom",
        "common",
        "common rare",
        "absent",
        "com",
        "rar",
        *SPREAD,
        "lately",
    ):
        yield f"search: {word}", page(THOUSAND, q=word), page(MILLION, q=word)
    for sort in SORTS:
        order = TaskOrder(sort, descending=False)
        yield f"sorted by {sort}", page(THOUSAND, order=order), page(MILLION, order=order)
    filters: dict[str, dict[str, Any]] = {
        "status=in_progress": {"status": ("in_progress",)},
        "status=in_progress, sorted by title": {
            "status": ("in_progress",),
            "order": TaskOrder("title", descending=False),
        },
        "status=in_progress, urgent first": {"status": ("in_progress",), "order": URGENT_FIRST},
        "priority=none, urgent first": {"priority": ("none",), "order": URGENT_FIRST},
        "status=todo priority=urgent": {"status": ("todo",), "priority": ("urgent",)},
        "tag=home": {"tag": ("home",)},
        "overdue": {"overdue": True},
        "overdue, sorted by due_at": {
            "overdue": True,
            "order": TaskOrder("due_at", descending=False),
        },
        "due_before=2000": {"due_before": LONG_AGO},
        "tag=archived": {"tag": ("archived",)},
        "tag=archived, sorted by title": {
            "tag": ("archived",),
            "order": TaskOrder("title", descending=False),
        },
        "tag=home, urgent first": {"tag": ("home",), "order": URGENT_FIRST},
        "search: archived": {"q": "archived"},
        "search: seldom, urgent first": {"q": "seldom", "order": URGENT_FIRST},
    }
    for name, options in filters.items():
        yield name, page(THOUSAND, **options), page(MILLION, **options)


async def medians(*both: Call) -> list[float]:
    times: list[list[float]] = [[] for _ in both]
    end = time.monotonic() + SECONDS
    while len(times[0]) < ROUNDS and time.monotonic() < end:
        for call, taken in zip(both, times, strict=True):
            started = time.perf_counter()
            await call()
            taken.append((time.perf_counter() - started) * 1000)
    return [statistics.median(seconds) for seconds in times]


def pages() -> Iterator[tuple[TaskOrder, TaskFilter]]:
    wheres = [
        TaskFilter(),
        TaskFilter(due_before=datetime.now(UTC)),
        TaskFilter(due_after=datetime.now(UTC)),
        TaskFilter(due_before=LONG_AGO),
        *(TaskFilter(q=word) for word in ("rare", "seldom", "common", "absent")),
        TaskFilter(status=("in_progress",)),
        TaskFilter(status=("todo",), priority=("urgent",)),
        TaskFilter(tag=("home",)),
        TaskFilter(tag=("archived",)),
        TaskFilter(tag=("home", "work"), q="common"),
        TaskFilter(overdue=True),
        TaskFilter(overdue=False),
    ]
    for sort, descending, where in product(SORTS, (False, True), wheres):
        yield TaskOrder(sort, descending), where


async def plan(
    connection: Any, owner: UUID, order: TaskOrder, where: TaskFilter
) -> tuple[str, set[str], float]:
    """Return a name, the kinds of node that were executed, and the milliseconds they took."""
    filters = arguments(where)
    statement = finding(
        order.by, descending=order.descending, resumed=False, filters=tuple(filters)
    )
    zone = [where.tz] if needs_zone(order.by, filters) else []
    answer = await connection.fetchval(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", owner, 21, *filters.values(), *zone
    )
    [found] = json.loads(answer)
    return f"{order} {filters}", set(executed(found["Plan"])), found["Execution Time"]


def executed(node: dict[str, Any]) -> Iterator[str]:
    if node["Actual Loops"]:
        read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        if node["Node Type"] != "Seq Scan" or read > MILLION / 2:  # otherwise it stopped early
            yield node["Node Type"]
        for child in node.get("Plans", ()):
            yield from executed(child)


if __name__ == "__main__":
    main()
