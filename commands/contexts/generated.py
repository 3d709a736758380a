"""What is written from the code: documents, types and records that name each context."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from commands.contexts.changes import Changes
from commands.front_end import Tools

ROOT = Path(__file__).parents[2]
WRITTEN = (
    "README.md",
    "docs/modules.md",
    "docs/openapi.json",
    "FE/src/app/routeTree.gen.ts",
    "FE/src/lib/api/schema.d.ts",
)


class ToolFailed(Exception):
    """The message is what the tool says."""


def write_generated(changes: Changes, tools: Tools) -> None:
    """Raises :class:`ToolFailed`."""
    for name in WRITTEN:
        changes.keep(ROOT / name)
    for record in (ROOT / "tests/support").rglob("event_shapes.json"):
        changes.keep(record)
    _python("manage.py", "contract")
    _python("-m", "tests.architecture.test_event_shapes")
    _python("manage.py", "modules")
    _npm(tools, "run", "generate")
    _npm(tools, "run", "routes")


def put_in_form(python: Sequence[Path], scripts: Sequence[Path], tools: Tools) -> None:
    """Sort imports and break lines as the new names ask for. Raises :class:`ToolFailed`."""
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
