"""The dependants of a context: they import from it, or need what it provides."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from commands.contexts.generated import ROOT

MODULES = ROOT / "BE/modules"


class StillNeeded(Exception):
    """The message names the dependants, and why."""


def require_unneeded(name: str) -> None:
    """Raises :class:`StillNeeded`."""
    reasons = sorted({*_importers(name), *_users_of_providers(name)})
    if reasons:
        raise StillNeeded(
            f"{name} stays, for others cannot do without it: {'; '.join(reasons)}. Take that out"
            " first."
        )


def importers_among(files: Iterator[Path], *packages: str) -> list[Path]:
    """The files that import from one of the packages."""
    return [file for file in files if _imports_from(packages, file.read_text())]


def _imports_from(packages: tuple[str, ...], text: str) -> bool:
    named = [package for package in packages if package.rpartition(".")[2] in text]
    return bool(named) and any(
        f"{module}.".startswith(f"{package}.") for module in _imported(text) for package in named
    )


def _importers(name: str) -> Iterator[str]:
    for folder in sorted(MODULES.iterdir()):
        files = [file for file in folder.rglob("*.py") if folder.name != name]
        if importers_among(iter(files), f"BE.modules.{name}.events"):
            yield f"{folder.name} handles its events"


def _users_of_providers(name: str) -> Iterator[str]:
    from BE.core.wiring.core import CORE
    from BE.core.wiring.part import Part
    from container import CONTEXTS

    parts = {context.name: Part(context) for context in (*CONTEXTS, CORE)}
    provided = {*parts[name].provided}
    for other, part in parts.items():
        needed = sorted(provided & {*part.needed})
        if needed and other != name:
            yield f"{other} asks its {', '.join(needed)}"


@cache
def _imported(text: str) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                modules |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), names=names):
                modules |= {module, *(f"{module}.{name.name}" for name in names)}
    return modules
