"""Files generated from the code that name each context: documents, types and records."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands.contexts.changes import Changes
from commands.front_end import FE, Tools
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
    with ThreadPoolExecutor() as pool:
        routes = pool.submit(_npm, tools, "run", "routes")
        _python("-m", "commands.contexts.records")
        _npm(tools, "run", "generate")
    routes.result()


def put_in_form(python: Sequence[Path], scripts: Sequence[Path], tools: Tools) -> None:
    """Sort imports and break lines as the new names require. Raises :class:`ToolFailed`."""
    _python("-m", "ruff", "check", "--quiet", "--fix", "--select", "I", *map(str, python))
    _python("-m", "ruff", "format", "--quiet", *map(str, python))
    if scripts:
        prettier = str(FE / "node_modules/.bin/prettier")
        options = ("--write", "--log-level", "warn")
        _run([prettier, *options, *map(str, scripts)], cwd=FE, env=tools.environment)


def _python(*arguments: str) -> None:
    _run([sys.executable, *arguments])


def _npm(tools: Tools, *arguments: str) -> None:
    _run([*tools.npm, "--silent", *arguments], cwd=FE, env=tools.environment)


def _run(command: Sequence[str], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    result = subprocess.run(  # noqa: S603 - ours
        command, cwd=cwd, env=env, check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        named = " ".join([Path(command[0]).name, *command[1:4]])
        raise ToolFailed(f"{named}:\n{result.stdout}{result.stderr}".rstrip())
