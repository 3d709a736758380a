"""No statement reads a whole table that grows."""

import json
import re
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from BE.core.database.connections import connect
from tests.support.contexts import declared, merged
from tests.support.plans import MOMENT, nodes
from tests.support.postgres import execute, fresh_database
from tests.support.sql import REPOSITORIES, statements

ROWS = 20_000

FILLED: dict[str, str] = merged("plans", "FILLED") | {
    "events.event": f"""
        (id, name, version, payload, occurred_at)
        SELECT id_of(n), 'test.noticed', 1, '{{}}', {MOMENT}
    """,
    "events.delivery": f"""
        (event_id, handler, key, state, due_at, claim, finished_at)
        SELECT id_of(n), 'test.on_noticed', n::text,
            CASE n % 1000 WHEN 0 THEN 'pending' WHEN 1 THEN 'dead' ELSE 'done' END, {MOMENT},
            CASE n % 5000 WHEN 0 THEN id_of(n) END, CASE WHEN n % 1000 <> 0 THEN {MOMENT} END
    """,
    "events.change": f"""
        (xid, name, audience_id, subject_id, at)
        SELECT n, 'test.changed', id_of(n), id_of(n), {MOMENT}
    """,
    "jobs.job": f"""
        (id, kind, payload, owner_id, key, priority, state, due_at, attempts, claim, ended_at,
            expires_at)
        SELECT id_of(n), 'test', '{{}}', id_of(n), n::text, 1,
            CASE n % 1000 WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'failed'
                ELSE 'done' END,
            {MOMENT}, 1, CASE n % 1000 WHEN 1 THEN id_of(n) END,
            CASE WHEN n % 1000 > 1 THEN {MOMENT} END,
            CASE WHEN n % 1000 > 2 THEN {MOMENT} + interval '7 days' END
    """,
    "idempotency.answer": f"""
        (user_id, route, key, request_hash, status, headers, body, created_at)
        SELECT id_of(n), 'POST /', n::text, '', 201, '{{}}', '', {MOMENT}
    """,
}
"""The rows of each table, made from the numbers up to ``ROWS``."""

PLANNED_BY_VALUE = {
    r"LIMIT \$(\d+)": ("bigint", "LIMIT 20"),
    r"state = \$(\d+)": ("text", "state = 'done'"),  # an index of one state serves no other
}
"""Parameters whose value the plan depends on: their types, and the value used instead."""

SMALL = {"events.follower", "jobs.schedule"}.union(*declared("plans", "SMALL"))
"""Tables that do not grow."""

FULL_SCANS: dict[str, str] = merged("plans", "FULL_SCANS") | {
    "WITH found AS ( SELECT e.id, e.name": "an operator replays all stored events to one handler",
    "SELECT e.payload ->>": "the same",
}
"""The start of each statement that may read a whole table, and why."""


@pytest.fixture(scope="module")
async def large(server: str, migrated: str) -> AsyncIterator[Any]:
    """A connection to a database with many rows in every table."""
    async with fresh_database(server, migrated) as dsn:
        await execute(
            dsn,
            "CREATE FUNCTION id_of(n bigint) RETURNS uuid LANGUAGE sql"
            " RETURN lpad(to_hex(n), 32, '0')::uuid",
        )
        for table, rows in FILLED.items():
            await execute(dsn, f"INSERT INTO {table} {rows} FROM generate_series(1, {ROWS}) AS n")
        await execute(dsn, "VACUUM ANALYZE")
        connection = await connect(dsn)
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection
        await connection.close()


def prepared(sql: str) -> tuple[str, str]:
    """Return the statements that prepare ``sql`` with a generic plan and execute it."""
    types = ["unknown"] * max(map(int, re.findall(r"\$(\d+)", sql)), default=0)
    for pattern, (name, instead) in PLANNED_BY_VALUE.items():
        for number in re.findall(pattern, sql):
            types[int(number) - 1] = name
        sql = re.sub(pattern, instead, sql)
    declared = f"({', '.join(types)})" if types else ""
    given = f"({', '.join(['NULL'] * len(types))})" if types else ""
    return f"PREPARE explained{declared} AS {sql}", f"EXECUTE explained{given}"


async def scanned_tables(connection: Any, sql: str) -> set[str]:
    """Return the large tables that a statement scans sequentially."""
    prepare, run = prepared(sql)
    await connection.execute(prepare)
    explained = await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {run}")
    await connection.execute("DEALLOCATE explained")
    [plan] = json.loads(explained)
    return {
        f"{node['Schema']}.{node['Relation Name']}"
        for node in nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan"
    } & set(FILLED)


async def find_scans(connection: Any, path: Path) -> dict[str, set[str]]:
    """Return the tables that each statement of a repository scans, except those allowed to."""
    found = {}
    for sql in dict.fromkeys(statements(path)):
        text = " ".join(sql.split())
        if not text.startswith(tuple(FULL_SCANS)):
            found[text] = await scanned_tables(connection, sql)
    return {text: tables for text, tables in found.items() if tables}


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: f"{path.parent.name}.{path.stem}")
async def test_no_statement_reads_a_whole_table(large: Any, path: Path) -> None:
    assert await find_scans(large, path) == {}


async def test_every_table_that_grows_is_filled(large: Any) -> None:
    schemas = [*{*REPOSITORIES.values()}]
    rows = await large.fetch(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1)", schemas
    )

    assert {row[0] for row in rows} - set(FILLED) == SMALL


@pytest.mark.parametrize(
    "index",
    [
        *chain.from_iterable(declared("plans", "INDEXES")),
        "events.delivery_due",
        "events.delivery_dead",
        "events.delivery_done",
        "idempotency.answer_created",
    ],
)
async def test_a_missing_index_is_detected(large: Any, index: str) -> None:
    schema = index.partition(".")[0]
    paths = [path for path, owner in REPOSITORIES.items() if owner == schema]
    dropping = large.transaction()
    await dropping.start()
    try:
        await large.execute(f"DROP INDEX {index}")
        scans = [await find_scans(large, path) for path in paths]
    finally:
        await dropping.rollback()

    assert any(scans)
