"""The statements that repositories hand to the database, as they are at run time."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.contexts import merged
from tests.support.project import ROOT

MODULES = ROOT / "BE" / "modules"
CORE = ROOT / "BE" / "core"
CALL = re.compile(r"\._db\.(fetch|fetchrow|fetchval|execute)\(")
CALLS = {"fetch", "fetchrow", "fetchval", "execute"}
REPOSITORIES = {
    path: path.relative_to(MODULES).parts[0]
    for path in sorted({*MODULES.glob("*/repository.py"), *MODULES.glob("*/repository/*.py")})
    if CALL.search(path.read_text())
} | {
    CORE / "events" / "claims.py": "events",
    CORE / "events" / "outbox.py": "events",
    CORE / "events" / "deliveries.py": "events",
    CORE / "http" / "idempotency.py": "idempotency",
}
"""What holds SQL, and the schema it is about."""

COMPOSED: dict[str, Callable[[], Iterator[str]]] = merged("statements", "COMPOSED")
"""Statements that are put together, by the function that does."""


def statements(path: Path) -> Iterator[str]:
    """Every statement of a repository."""
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
