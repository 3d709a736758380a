"""A module's SQL touches its own schema and no other."""

from pathlib import Path
from typing import Any

import pglast
import pytest
from pglast.visitors import Visitor

from BE.core.database.connections import connect
from tests.support.code import copy_code
from tests.support.project import ROOT
from tests.support.sql import REPOSITORIES, calls, statements, statements_in

PULSE = Path("BE/core/operations/pulse.py")


class Relations(Visitor):
    def __init__(self) -> None:
        self.found: set[tuple[str | None, str]] = set()
        self.local: set[str] = set()

    def visit_RangeVar(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.found.add((node.schemaname, node.relname))

    def visit_CommonTableExpr(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.local.add(node.ctename)

    def visit_LockingClause(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.local.update(relation.relname for relation in node.lockedRels or ())


def foreign(schema: str, sql: str) -> set[tuple[str | None, str]]:
    """The relations in ``sql`` that are neither in ``schema`` nor made by the statement.

    Every statement may read PostgreSQL's own catalog.
    """
    relations = Relations()
    relations(pglast.parse_sql(sql))
    own = {schema, "pg_catalog"}
    named_here = {(None, name) for name in relations.local}
    return {relation for relation in relations.found if relation[0] not in own} - named_here


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_repository_stays_in_its_schema(path: Path) -> None:
    found = list(statements(path))

    assert found
    for sql in found:
        assert foreign(REPOSITORIES[path], sql) == set(), sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM users.profile",
        "SELECT 1 FROM tasks.task JOIN auth.account ON true",
        "SELECT (SELECT max(id) FROM users.profile) FROM tasks.task",
        "WITH a AS (DELETE FROM auth.session RETURNING id) SELECT 1 FROM a",
        "UPDATE tasks.task SET title = '' FROM users.profile",
        "INSERT INTO task (id) SELECT $1",
        "DELETE FROM auth.account",
    ],
)
def test_a_statement_on_another_schema_is_detected(sql: str) -> None:
    assert foreign("tasks", sql)


def strays(directory: Path) -> list[str]:
    """Each call outside the repositories that runs SQL, and what to do instead."""
    allowed = {path.relative_to(ROOT) for path in REPOSITORIES} | {PULSE}
    return [
        f"{path}:{call.lineno} runs SQL: a context reaches its own tables in its"
        " repository, and those of another by an event that the other handles, or through a port"
        for file in sorted((directory / "BE").rglob("*.py"))
        if (path := file.relative_to(directory)) not in allowed
        if not path.is_relative_to("BE/core/database")
        for call in calls(file.read_text())
    ]


def test_only_repositories_run_sql() -> None:
    """Except the database package, and the probe of whether the server answers."""
    assert strays(ROOT) == []


@pytest.mark.parametrize(
    "file", ["modules/auth/service/sign_in.py", "modules/users/models.py", "core/mail.py"]
)
def test_sql_elsewhere_is_reported(tmp_path: Path, file: str) -> None:
    code = copy_code(tmp_path / "code")
    path = code / "BE" / file
    assert path.exists()
    with path.open("a") as source:
        source.write('\n\nasync def f(self):\n    await self._db.execute("DELETE FROM a.b")\n')

    [found] = strays(code)

    assert found.startswith(f"BE/{file}:")


def test_a_statement_in_a_local_variable_is_found() -> None:
    source = """
async def delete(self):
    sql = "DELETE FROM tasks.task"
    await self._db.execute(sql)
"""

    assert list(statements_in(source, {})) == ["DELETE FROM tasks.task"]


def test_a_local_variable_that_changes_is_refused() -> None:
    source = """
async def delete(self, both):
    sql = "DELETE FROM tasks.task"
    if both:
        sql += "; DELETE FROM auth.account"
    await self._db.execute(sql)
"""

    with pytest.raises(AssertionError, match="is not known before it runs"):
        list(statements_in(source, {}))


@pytest.mark.parametrize("statement", ["sql", "composed(sql)", "self._statement"])
def test_a_dynamic_statement_is_refused(statement: str) -> None:
    source = f"async def run(self, sql):\n    await self._db.execute({statement})\n"

    with pytest.raises(AssertionError, match="is not known before it runs: write the statement in"):
        list(statements_in(source, {}))


async def test_no_foreign_key_crosses_a_schema(dsn: str) -> None:
    connection = await connect(dsn)
    crossing = await connection.fetch(
        """
        SELECT conname
        FROM pg_constraint AS c
        JOIN pg_class AS here ON here.oid = c.conrelid
        JOIN pg_class AS there ON there.oid = c.confrelid
        WHERE c.contype = 'f' AND here.relnamespace <> there.relnamespace
        """
    )
    await connection.close()

    assert crossing == []


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_repository_changes_its_session(path: Path) -> None:
    """The pool resets nothing between two users of a connection."""
    for sql in statements(path):
        for statement in pglast.parse_sql(sql):
            kind = type(statement.stmt).__name__
            assert kind in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}
        assert "set_config" not in sql
        assert "pg_advisory_lock" not in sql
