"""The statement for a page reads few tasks, however many the owner has."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from BE.core.database.connections import connect
from BE.core.types import new_id
from BE.modules.tasks.models import TaskFilter, TaskOrder
from BE.modules.tasks.repository.finding import arguments, finding, needs_zone
from tests.support.plans import nodes
from tests.support.postgres import execute, fresh_database

TASKS = 30_000
OWNER = new_id()
NEWEST = TaskOrder("created_at", descending=True)
LIMIT = 21

# One task in a thousand is in progress, and each has the priority `low`; those without a priority
# are tagged `home`; all but the newest sixth are tagged `imported`.
FILL = f"""
    INSERT INTO tasks.task (
        id, owner_id, title, status, priority, due_at, tags, position, created_at, updated_at
    )
    SELECT
        uuidv7(),
        '{OWNER}',
        md5(n::text),
        CASE n % 1000 WHEN 1 THEN 'in_progress' ELSE 'todo' END,
        ('{{none,low,medium,high,urgent}}'::text[])[1 + n % 5],
        now() + n * interval '1 minute',
        CASE WHEN n % 5 = 0 THEN '{{home}}' ELSE '{{}}' END::text[]
            || CASE WHEN n > {TASKS // 6} THEN '{{imported}}' END::text[],
        lpad(n::text, 9, '0'),
        now() - n * interval '1 second',
        now()
    FROM generate_series(1, {TASKS}) AS n
"""


@pytest.fixture(scope="module")
async def many(server: str, migrated: str) -> AsyncIterator[Any]:
    """A connection to a database in which one owner has many tasks."""
    async with fresh_database(server, migrated) as dsn:
        await execute(dsn, FILL)
        await execute(dsn, "VACUUM ANALYZE tasks.task")
        async with owning_role(dsn) as role:
            connection = await connect(dsn)
            await connection.execute(f"SET ROLE {role}")
            yield connection
            await connection.close()


@asynccontextmanager
async def owning_role(dsn: str) -> AsyncIterator[str]:
    """A role that owns the database: row-level security binds it, unlike a superuser."""
    role, database = f"role_{uuid4().hex}", urlsplit(dsn).path[1:]
    await execute(
        dsn,
        f"""
        CREATE ROLE {role};
        ALTER DATABASE {database} OWNER TO {role};
        GRANT USAGE ON SCHEMA tasks TO {role};
        GRANT SELECT ON ALL TABLES IN SCHEMA tasks TO {role};
        """,
    )
    yield role
    await execute(
        dsn, f"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
    )


def rows_read(node: dict[str, Any]) -> int:
    """The number of table rows, or of index entries, that a node has read."""
    if not node["Node Type"].endswith("Scan") or {"Relation Name", "Index Name"}.isdisjoint(node):
        return 0
    rows: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(rows * node["Actual Loops"])


async def executed_plan(
    connection: Any, where: TaskFilter, order: TaskOrder
) -> list[dict[str, Any]]:
    filters = arguments(where)
    sql = finding(order.by, descending=order.descending, resumed=False, filters=tuple(filters))
    zone = [where.tz] if needs_zone(order.by, filters) else []
    explained = await connection.fetchval(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", OWNER, LIMIT, *filters.values(), *zone
    )
    [found] = json.loads(explained)
    return [*nodes(found["Plan"])]


@pytest.mark.parametrize(
    ("where", "order", "most"),
    [
        pytest.param(TaskFilter(), NEWEST, LIMIT, id="all"),
        pytest.param(TaskFilter(tag=("home",)), NEWEST, 5 * LIMIT, id="a frequent tag"),
        pytest.param(TaskFilter(status=("in_progress",)), NEWEST, 2200, id="a rare status"),
        pytest.param(
            TaskFilter(status=("in_progress",)),
            TaskOrder("priority", descending=True),
            2200,
            id="a rare status, none near",
        ),
        pytest.param(TaskFilter(q="nowhere"), NEWEST, 2200, id="a word that no task has"),
        pytest.param(
            TaskFilter(due_before=datetime(2000, 1, 1, tzinfo=UTC)),
            NEWEST,
            2200,
            id="due before any",
        ),
        pytest.param(
            TaskFilter(priority=("none",)),
            TaskOrder("priority", descending=True),
            LIMIT,
            id="the last priority of its order",
        ),
        pytest.param(
            TaskFilter(priority=("none", "low")),
            TaskOrder("priority", descending=False),
            LIMIT,
            id="the first priorities of their order",
        ),
    ],
)
async def test_a_page_reads_few_tasks(
    many: Any, where: TaskFilter, order: TaskOrder, most: int
) -> None:
    plan = await executed_plan(many, where, order)

    assert sum(rows_read(node) for node in plan) <= most


async def test_a_rare_status_uses_its_own_index(many: Any) -> None:
    plan = await executed_plan(many, TaskFilter(status=("in_progress",)), NEWEST)

    assert "task_status" in {node.get("Index Name") for node in plan if node["Actual Loops"]}


async def test_a_tag_of_almost_all_tasks_is_found_without_sorting_them_all(many: Any) -> None:
    plan = await executed_plan(many, TaskFilter(tag=("imported",)), NEWEST)

    assert largest_sorted(plan)["Actual Rows"] <= LIMIT


async def test_tasks_are_sorted_without_their_contents(many: Any) -> None:
    plan = await executed_plan(
        many, TaskFilter(tag=("home",)), TaskOrder("priority", descending=True)
    )
    largest = largest_sorted(plan)

    assert largest["Actual Rows"] == TASKS / 5
    assert largest["Plan Width"] < 100


def largest_sorted(plan: list[dict[str, Any]]) -> dict[str, Any]:
    """The node that passes the most rows to a sort."""
    return max(
        (node["Plans"][-1] for node in plan if node["Node Type"] == "Sort"),
        key=lambda node: node["Actual Rows"],
    )
