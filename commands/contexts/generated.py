"""Files generated from the code that name each context: documents, types and records."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands.contexts.changes import Changes
from commands.front_end import Tools
from commands.running import say

ROOT = Path(__file__).parents[2]
WRITTEN = (
    "README.md",
    "docs/modules.md",
    "docs/openapi.json",
    "FE/src/app/routeTree.gen.ts",
    "FE/src/lib/api/schema.d.ts",
)


class ToolFailed(Exception):
    """The message is the tool's output."""


def write_generated(changes: Changes, tools: Tools) -> None:
    """Raises :class:`ToolFailed`."""
    for name in WRITTEN:
        changes.keep(ROOT / name)
    for record in (ROOT / "tests/support").rglob("event_shapes.json"):
        changes.keep(record)
    say("Writing what follows from them: API document and types, event shapes, map of contexts …")
    with ThreadPoolExecutor() as pool:  # each loads the application, which takes seconds
        writing = [
            pool.submit(_write_contract, tools),
            pool.submit(_python, "-m", "tests.architecture.test_event_shapes"),
            pool.submit(_python, "manage.py", "modules"),
            pool.submit(_npm, tools, "run", "routes"),
        ]
    for written in writing:
        written.result()


def _write_contract(tools: Tools) -> None:
    _python("manage.py", "contract")
    _npm(tools, "run", "generate")


def put_in_form(python: Sequence[Path], scripts: Sequence[Path], tools: Tools) -> None:
    """Sort imports and break lines as the new names require. Raises :class:`ToolFailed`."""
    _python("-m", "ruff", "check", "--quiet", "--fix", "--select", "I", *map(str, python))
    _python("-m", "ruff", "format", "--quiet", *map(str, python))
    if scripts:
        _npm(tools, "exec", "--", "prettier", "--write", "--log-level", "warn", *map(str, scripts))


def _python(*arguments: str) -> None:
    _run([sys.executable, *arguments])


def _run(command: Sequence[str]) -> None:
    result = subprocess.run(  # noqa: S603 - ours
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise ToolFailed(f"{' '.join(command[1:4])}:\n{result.stdout}{result.stderr}".rstrip())


def _npm(tools: Tools, *arguments: str) -> None:
    result = tools.run("--silent", *arguments, capture_output=True)
    if result.returncode != 0:
        raise ToolFailed(f"npm {' '.join(arguments[:2])}:\n{result.stdout}{result.stderr}".rstrip())
