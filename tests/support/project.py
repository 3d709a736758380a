"""What the project's own files say of it."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def released_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version: str = project["version"]
    return version
