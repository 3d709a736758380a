"""The statements that code passes to the database, as they are at run time."""

import ast
import importlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.contexts import merged
from tests.support.project import ROOT

MODULES = ROOT / "BE" / "modules"
CORE = ROOT / "BE" / "core"
CALLS = {"fetch", "fetchrow", "fetchval", "execute"}
COMPOSED: dict[str, Callable[[], Iterator[str]]] = merged("statements", "COMPOSED")
"""Composed statements, by the function that composes them."""

_UNKNOWN = (
    "is not known before it runs: write the statement in the call, or compose it in a function"
    " that COMPOSED of tests/support/<context>/statements.py lists"
)


@cache
def calls(source: str) -> list[ast.Call]:
    """The calls that pass a statement to the database."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS
    ]


REPOSITORIES = {
    path: path.relative_to(MODULES).parts[0]
    for path in sorted({*MODULES.glob("*/repository.py"), *MODULES.glob("*/repository/*.py")})
    if calls(path.read_text())
} | {
    CORE / "events" / "claims.py": "events",
    CORE / "events" / "outbox.py": "events",
    CORE / "events" / "deliveries.py": "events",
    CORE / "events" / "replay.py": "events",
    CORE / "jobs" / "claims.py": "jobs",
    CORE / "jobs" / "jobs.py": "jobs",
    CORE / "jobs" / "queue.py": "jobs",
    CORE / "jobs" / "schedule.py": "jobs",
    CORE / "jobs" / "stored_jobs.py": "jobs",
    CORE / "live" / "change_log.py": "events",
    CORE / "live" / "followers.py": "events",
    CORE / "http" / "idempotency.py": "idempotency",
}
"""The files with SQL, and the schema that each one uses."""


def statements(path: Path) -> Iterator[str]:
    """Every statement of a repository."""
    for _, sql in named_statements(path):
        yield sql


def named_statements(path: Path) -> Iterator[tuple[str, str]]:
    """Every statement of a repository, with the name of the function that passes it on."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    yield from _found_in(path.read_text(), vars(importlib.import_module(module)))


def statements_in(source: str, names: Mapping[str, Any]) -> Iterator[str]:
    for _, sql in _found_in(source, names):
        yield sql


def _found_in(source: str, names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The statements in the calls; those of local variables are found where they are assigned."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            local = _assigned(function)
            for call in calls(ast.unparse(function)):
                argument = call.args[0]
                if isinstance(argument, ast.Name) and argument.id in local:
                    argument = local[argument.id]
                for sql in _values(argument, names):
                    yield function.name, sql


def _assigned(function: ast.AST) -> dict[str, ast.expr]:
    """The values of the local variables that are assigned once."""
    nodes = list(ast.walk(function))
    stored = Counter(
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        if isinstance(node.targets[0], ast.Name) and stored[node.targets[0].id] == 1
    }


def _values(argument: ast.expr, names: Mapping[str, Any]) -> Iterator[str]:
    written = ast.unparse(argument)
    if isinstance(argument, ast.Call):
        composed = COMPOSED.get(ast.unparse(argument.func))
        assert composed, f"{written} {_UNKNOWN}"
        yield from composed()
        return
    try:
        sql = eval(written, dict(names))
    except NameError:
        raise AssertionError(f"{written} {_UNKNOWN}") from None
    assert isinstance(sql, str), f"{written} {_UNKNOWN}"
    yield sql
