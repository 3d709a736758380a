"""A copy of the code for a test to change."""

import shutil
from pathlib import Path

from tests.support.project import ROOT

CODE = (
    "BE",
    "commands",
    "migrations",
    "config.py",
    "container.py",
    "lifespan.py",
    "main.py",
    "manage.py",
    "pyproject.toml",
)
BEING_COMPILED = "*.pyc.*"
"""What another process is about to rename into a ``.pyc``, which can be gone at any moment."""


def copy_code(directory: Path) -> Path:
    """Copy the application's code, with what Python compiled of it: it is as old as the code."""
    for name in CODE:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns(BEING_COMPILED)
            shutil.copytree(ROOT / name, directory / name, ignore=ignored)
        else:
            directory.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    return directory


def copy_mypy_cache(directory: Path) -> None:
    """Copy mypy's cache too, so that it checks only what differs."""
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", directory / ".mypy_cache")


def replace_in(file: Path, old: str, new: str) -> None:
    """Change a file that has the ``old`` text."""
    text = file.read_text()
    assert old in text, f"{file} has no {old!r}: a probe of nothing proves nothing"
    file.write_text(text.replace(old, new))
