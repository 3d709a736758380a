"""Facts about the project, read from its own files."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def released_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version: str = project["version"]
    return version


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for subclass in of.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def ours(of: type[Any]) -> list[type[Any]]:
    """The subclasses in ``BE``, without the unslotted originals of slotted dataclasses."""
    found = {
        subclass.__qualname__: subclass
        for subclass in subclasses(of)
        if subclass.__module__[:3] == "BE."
    }
    return list(found.values())
