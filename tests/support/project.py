"""What the project's own files say of it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def released_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version: str = project["version"]
    return version


def subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def ours(of: type[Any]) -> list[type[Any]]:
    """Our subclasses; a slotted dataclass leaves its unslotted draft behind."""
    found = {each.__qualname__: each for each in subclasses(of) if each.__module__[:3] == "BE."}
    return list(found.values())
