"""A module's SQL touches its own schema and no other."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pglast
import pytest
from pglast.visitors import Visitor

from BE.core.database.connections import connect
from BE.modules.audit import repository as audit_repository
from BE.modules.tasks.repository import adding, finding
from BE.modules.users import repository as user_repository
from BE.modules.users.models import Order, Sort
from tests.support.model import SORTS

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "BE" / "modules"
CORE = ROOT / "BE" / "core"
CALL = re.compile(r"\._db\.(fetch|fetchrow|fetchval|execute)\(")
REPOSITORIES = {
    path: path.relative_to(MODULES).parts[0]
    for path in sorted({*MODULES.glob("*/repository.py"), *MODULES.glob("*/repository/*.py")})
    if CALL.search(path.read_text())
} | {
    CORE / "events" / "outbox.py": "events",
    CORE / "events" / "deliveries.py": "events",
    CORE / "http" / "idempotency.py": "idempotency",
}
"""What holds SQL, and the schema it is about."""
CALLS = {"fetch", "fetchrow", "fetchval", "execute"}


def audit_pages() -> Iterator[str]:
    """A page of the trail: without a filter, with all."""
    for chosen in ((), tuple(audit_repository._FILTERS)):
        yield audit_repository._page(chosen)


def findings() -> Iterator[str]:
    """A page of tasks in every order: without a filter, with each, with all."""
    filters = tuple(finding._FILTERS)
    for sort, descending, resumed in product(SORTS, (False, True), (False, True)):
        for chosen in ((), *((each,) for each in filters), filters):
            yield finding.finding(sort, descending=descending, resumed=resumed, filters=chosen)


def orders() -> Iterator[Order]:
    sorts: tuple[Sort, ...] = ("created_at", "email", "full_name", "username")
    for sort, descending in product(sorts, (False, True)):
        yield Order(sort, descending=descending)


def users_along() -> Iterator[str]:
    for order, searching, resumed in product(orders(), (False, True), (False, True)):
        yield user_repository._along(order, searching=searching, resumed=resumed)


def users_matching() -> Iterator[str]:
    for order, resumed in product(orders(), (False, True)):
        yield user_repository._matching(order, resumed=resumed)


def additions() -> Iterator[str]:
    for counting in (False, True):
        yield adding.adding(counting=counting)


COMPOSED: dict[str, Callable[[], Iterator[str]]] = {
    "finding": findings,
    "adding": additions,
    "_page": audit_pages,
    "_along": users_along,
    "_matching": users_matching,
}
"""Statements that are put together, by the function that does."""


class Relations(Visitor):
    def __init__(self) -> None:
        self.found: set[tuple[str | None, str]] = set()
        self.local: set[str] = set()

    def visit_RangeVar(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.found.add((node.schemaname, node.relname))

    def visit_CommonTableExpr(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.local.add(node.ctename)

    def visit_LockingClause(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.local.update(each.relname for each in node.lockedRels or ())


def foreign(schema: str, sql: str) -> set[tuple[str | None, str]]:
    """The relations in ``sql`` that are neither in ``schema`` nor made by the statement."""
    relations = Relations()
    relations(pglast.parse_sql(sql))
    named_here = {(None, name) for name in relations.local}
    return {each for each in relations.found if each[0] != schema} - named_here


def statements(path: Path) -> Iterator[str]:
    """Every statement that a repository hands to the database, as it is at run time."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    names = vars(importlib.import_module(module))
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CALLS
        ):
            if isinstance(node.args[0], ast.Call):
                yield from COMPOSED[ast.unparse(node.args[0].func)]()
                continue
            sql = eval(compile(ast.Expression(node.args[0]), path.name, "eval"), names)
            assert isinstance(sql, str)
            yield sql


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
def test_a_stray_statement_is_seen(sql: str) -> None:
    assert foreign("tasks", sql)


def test_nobody_else_holds_sql() -> None:
    """But the pool itself, and the probe that asks whether the server answers."""
    elsewhere = set((ROOT / "BE").rglob("*.py")) - set(REPOSITORIES)
    callers = {
        path.relative_to(ROOT / "BE").as_posix()
        for path in elsewhere
        if re.search(r"\.(fetch|fetchrow|fetchval)\(", path.read_text())
    }

    assert callers == {"core/database/connections.py", "core/operations/pulse.py"}


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
