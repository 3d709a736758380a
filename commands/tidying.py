"""Formats lines that a renaming made longer or shorter. Needs only the standard library."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def tidy(files: Iterable[Path], *, project: Path, tools: Path) -> None:
    """Format ``files`` of ``project`` by the formatters that are installed in ``tools``."""
    named = [str(file.relative_to(project)) for file in files]
    python = [path for path in named if path.endswith(".py")]
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists() and python:
        _run([str(ruff), "format", "--quiet", "--no-cache", *python], project)
    pages = [path.removeprefix("FE/") for path in named if path.startswith("FE/")]
    prettier, node = tools / "FE/node_modules/prettier/bin/prettier.cjs", shutil.which("node")
    if prettier.exists() and node and pages:
        options = ["--log-level", "warn", "--ignore-unknown", "--write"]
        _run([node, str(prettier), *options, *pages], project / "FE")


def _run(command: list[str], directory: Path) -> None:
    subprocess.run(command, cwd=directory, check=True)
