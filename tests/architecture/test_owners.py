"""Each statement names the owner of the rows that it reads or writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from BE.core.database.connections import connected
from tests.support.contexts import merged
from tests.support.ownership import Owners, returned_without_owner, unowned
from tests.support.project import ROOT
from tests.support.sql import REPOSITORIES, named_statements

OWNING = frozenset({"account_id", "audience_id", "owner_id", "team_id", "user_id"})
"""Columns with the id of the user, or of the team, that a row belongs to."""
OTHER = frozenset(
    {"actor_id", "api_key_id", "event_id", "export_id", "process_id", "session_id", "subject_id"}
    | {"assignee_id", "import_id", "message_id", "webhook_id"}
)
"""Columns with the id of something else: who did something, or what it is about."""
SECRETS = frozenset({"digest", "confirm_digest", "cancel_digest", "credential_id"})
"""Columns of secrets: a caller that presents one is the owner, or was sent by them."""
OWNERS_THEMSELVES = ("auth.account", "users.profile", "teams.team")

CORE_ANY_OWNER = {
    "core.live.change_log._prune": "old changes, of any owner",
    "core.http.idempotency._delete_expired": "old answers, of any owner",
    "core.jobs.claims.extend": "by the claim, which only the worker of the job has",
    "core.jobs.claims.fail": "the same",
    "core.jobs.claims.give_back": "the same",
    "core.jobs.claims._end": "the same",
    "core.jobs.jobs._with_key": "enqueue returns the job that has the key",
    "core.jobs.queue.take": "work of the system: jobs that are due",
    "core.jobs.queue.due_kinds": "the same",
    "core.jobs.queue.seconds_until_due": "the same",
    "core.jobs.queue.unhandled": "the same",
    "core.jobs.stored_jobs.newest": "an operator sees the jobs of all owners",
    "core.jobs.stored_jobs.get": "the same",
    "core.jobs.stored_jobs._revive": "the same",
    "core.jobs.stored_jobs._dispose": "the same",
    "core.jobs.stored_jobs.backlog": "an operator counts the jobs of all owners",
    "core.jobs.stored_jobs._remove_expired": "old jobs, of any owner",
}
ANY_OWNER: dict[str, str] = CORE_ANY_OWNER | merged("statements", "ANY_OWNER")
"""The functions whose statements may take rows of any owner, and why."""


@pytest.fixture(scope="session")
async def owners(dsn: str) -> Owners:
    async with connected(dsn) as connection:
        rows = await connection.fetch(
            """
            SELECT n.nspname || '.' || c.relname, array_agg(a.attname::text)
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relkind = 'r' AND a.attname = ANY($1::text[])
            GROUP BY 1
            """,
            list(OWNING),
        )
    owned = {table: frozenset(columns) | SECRETS for table, columns in rows}
    return owned | {table: frozenset({"id"}) for table in OWNERS_THEMSELVES}


def placed_statements(path: Path) -> Iterator[tuple[str, str]]:
    """The statements of a repository, each after the place of its function."""
    parts = path.relative_to(ROOT / "BE").with_suffix("").parts
    place = ".".join(part for part in parts if part not in {"modules", "repository"})
    for function, sql in named_statements(path):
        yield f"{place}.{function}", sql


def without_owner(path: Path, owners: Owners) -> dict[str, str]:
    """The functions of a repository that take rows of any owner, each with such a statement."""
    return {
        name: sql
        for name, sql in placed_statements(path)
        if {*unowned(sql, owners)}.difference(OWNERS_THEMSELVES)
    }


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_each_statement_names_the_owner_of_its_rows(path: Path, owners: Owners) -> None:
    found = {
        name: sql for name, sql in without_owner(path, owners).items() if name not in ANY_OWNER
    }

    assert found == {}, (
        "name the owner or the team in the statement; if it is work of the system, add it with"
        " its reason to ANY_OWNER of tests/support/<context>/statements.py"
    )


def test_each_exemption_is_needed(owners: Owners) -> None:
    found = {name for path in REPOSITORIES for name in without_owner(path, owners)}

    assert found == set(ANY_OWNER)


RETURN_NO_OWNER: dict[str, str] = merged("statements", "RETURN_NO_OWNER")
"""The functions whose rows show no owner, and what else keeps them to one."""


async def test_each_row_under_row_security_is_returned_with_its_owner(dsn: str) -> None:
    """Then ``Database`` compares it with the scope, also outside transactions."""
    async with connected(dsn) as connection:
        tables = await connection.fetchval(
            """
            SELECT array_agg(relnamespace::regnamespace || '.' || relname)
            FROM pg_class
            WHERE relrowsecurity
            """
        )
    found = {
        name
        for path in REPOSITORIES
        for name, sql in placed_statements(path)
        if returned_without_owner(sql, tables)
    }

    assert found == set(RETURN_NO_OWNER), (
        "return the row's owner_id, or read it in a transaction and add it with its reason to"
        " RETURN_NO_OWNER of tests/support/<context>/statements.py"
    )


async def test_row_security_binds_the_owner_of_a_table_but_lets_it_read(dsn: str) -> None:
    """So one database user suffices to limit changes, and backs up all rows."""
    async with connected(dsn) as connection:
        unlike_tasks = await connection.fetch(
            """
            SELECT relname
            FROM pg_class
            WHERE relrowsecurity AND NOT (
                relforcerowsecurity
                AND EXISTS (
                    SELECT
                    FROM pg_policy
                    WHERE polrelid = pg_class.oid AND polcmd = 'r' AND polpermissive
                        AND polroles = ARRAY['pg_database_owner'::regrole::oid]
                        AND pg_get_expr(polqual, polrelid) = 'true'
                )
            )
            """
        )

    assert unlike_tasks == [], "give it FORCE and a policy as in migrations/versions/0040"


async def test_each_column_with_an_id_is_classified(dsn: str) -> None:
    async with connected(dsn) as connection:
        found = await connection.fetch(
            """
            SELECT DISTINCT attname::text
            FROM pg_attribute
            JOIN pg_class ON pg_class.oid = attrelid
            WHERE relkind = 'r' AND atttypid = 'uuid'::regtype AND attname LIKE '%\\_id'
                AND relnamespace <> 'specimens'::regnamespace
            """
        )

    assert {name for (name,) in found} <= OWNING | OTHER, (
        "add it to OWNING if it names the owner of a row, otherwise to OTHER"
    )


TWO_TABLES = {
    "t.one": frozenset({"owner_id"}),
    "t.two": frozenset({"user_id", "team_id"}),
    "t.user": frozenset({"id"}),
}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM t.one WHERE owner_id = $1 AND (a OR b)",
        "SELECT 1 FROM t.one AS o WHERE $1 = o.owner_id",
        "SELECT 1 FROM t.one WHERE owner_id = ANY($1::uuid[])",
        "SELECT 1 FROM t.one WHERE (owner_id = $1 AND a) OR (owner_id = $1 AND b)",
        "SELECT 1 FROM t.one JOIN t.two ON two.user_id = one.owner_id WHERE one.owner_id = $1",
        "SELECT 1 FROM t.user AS u JOIN t.two AS m ON m.user_id = u.id WHERE u.id = $1",
        "SELECT FROM t.user AS u WHERE id = $1 AND EXISTS (SELECT FROM t.two WHERE user_id = u.id)",
        "WITH a AS (SELECT FROM t.one WHERE owner_id = $1) DELETE FROM t.two WHERE team_id = $2",
        "INSERT INTO t.one (id, owner_id) SELECT $1, $2",
        "INSERT INTO t.two (team_id, x) VALUES ($1, $2) ON CONFLICT (team_id) DO UPDATE SET x = $2",
        "INSERT INTO t.two (team_id, x) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "UPDATE t.one SET a = b.a FROM unnest($1::int[]) AS b (a) WHERE owner_id = $2",
        "SELECT 1 FROM t.ownerless",
    ],
)
def test_a_named_owner_is_recognised(sql: str) -> None:
    assert unowned(sql, TWO_TABLES) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM t.one",
        "SELECT 1 FROM t.one WHERE id = $1",
        "SELECT owner_id = $1 FROM t.one",
        "SELECT 1 FROM t.one WHERE owner_id = owner_id",
        "SELECT 1 FROM t.one WHERE owner_id <> $1",
        "SELECT 1 FROM t.one WHERE NOT owner_id = $1",
        "SELECT 1 FROM t.one WHERE owner_id = $1 OR a",
        "SELECT 1 FROM t.one JOIN t.two ON two.user_id = one.owner_id",
        "SELECT 1 FROM t.one JOIN t.other ON other.id = one.owner_id",
        "SELECT 1 FROM t.one, t.two WHERE one.owner_id = $1 AND two.id = one.id",
        "SELECT 1 FROM t.user AS u JOIN t.two AS m ON m.user_id = u.id WHERE u.email = $1",
        "SELECT (SELECT count(*) FROM t.one) WHERE $1 = 1",
        "WITH a AS (DELETE FROM t.one WHERE id = $1 RETURNING id) SELECT 1 FROM a",
        "DELETE FROM t.one WHERE id IN (SELECT id FROM t.one WHERE owner_id = $1)",
        "UPDATE t.one SET owner_id = $1 WHERE id = $2",
        "INSERT INTO t.one (id) VALUES ($1)",
        "INSERT INTO t.two (id, team_id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET x = 1",
        "SELECT 1 UNION SELECT 1 FROM t.one",
        "SELECT 1 FROM (SELECT id FROM t.one) AS inner_one WHERE owner_id = $1",
    ],
)
def test_a_missing_owner_is_reported(sql: str) -> None:
    assert unowned(sql, TWO_TABLES)
