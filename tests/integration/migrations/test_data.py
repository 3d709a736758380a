"""Revisions convert the existing rows and functions."""

from uuid import UUID

import pytest

from BE.core.database.connections import connected
from migrations.runner import Schema
from tests.support.contexts import needs
from tests.support.postgres import execute

OWNER = UUID(int=1)
PRUNE_OF_0_2_0 = """
    DROP FUNCTION audit.prune;
    CREATE FUNCTION audit.prune(until bigint, at_once bigint) RETURNS bigint
    LANGUAGE sql SET audit.pruning = 'on' AS $$
        WITH deleted AS (
            DELETE FROM audit.entry WHERE sequence IN (
                SELECT sequence FROM audit.entry
                WHERE sequence <= until ORDER BY sequence DESC LIMIT at_once
            )
            RETURNING sequence
        )
        SELECT count(*) FROM deleted
    $$
"""


@needs("tasks")
@pytest.mark.parametrize("column", ["title", "description"])
async def test_existing_tasks_are_found_without_accents(empty_dsn: str, column: str) -> None:
    schema = Schema(empty_dsn)
    await schema.migrate("0017")
    texts = {"title": "Call", "description": "Soon"} | {column: "Fly to Zürich"}
    async with connected(empty_dsn) as connection:
        await connection.execute(
            "INSERT INTO tasks.task"
            " (id, owner_id, title, description, status, priority, tags, position)"
            " VALUES ($1, $1, $2, $3, 'todo', 'none', '{}', 'a0')",
            OWNER,
            texts["title"],
            texts["description"],
        )

        await schema.migrate()

        found = await connection.fetchval(
            "SELECT count(*) FROM tasks.task WHERE search @@ tasks.query('zurich')"
        )
    assert found == 1


async def test_existing_users_are_found_without_accents(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    await schema.migrate("0019")
    async with connected(empty_dsn) as connection:
        await connection.execute(
            "INSERT INTO users.profile (id, email, full_name, role)"
            " VALUES ($1, 'jose@example.com', 'José', 'user')",
            OWNER,
        )

        await schema.migrate()

        await connection.execute("SET enable_seqscan = off")
        found = await connection.fetch(
            "SELECT full_name FROM users.profile WHERE users.runs(search, 1) ||"
            " users.runs(search, 2) || users.runs(search, 3) @> users.runs('ose', 3)"
        )
    assert [row["full_name"] for row in found] == ["José"]


async def test_the_pruning_of_release_0_2_0_is_replaced(empty_dsn: str) -> None:
    schema = Schema(empty_dsn)
    await schema.migrate("0018")
    await execute(empty_dsn, PRUNE_OF_0_2_0)

    await schema.migrate()

    async with connected(empty_dsn) as connection:
        settings = await connection.fetch(
            "SELECT proconfig FROM pg_proc WHERE oid = 'audit.prune(bigint, bigint)'::regprocedure"
        )
        assert await connection.fetchval("SELECT audit.prune(1, 1)") == 0
    assert [row["proconfig"] for row in settings] == [None]
