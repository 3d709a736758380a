"""Which Node on the PATH is new enough for the front end's tools."""

from pathlib import Path

import pytest

from commands import front_end


def put(directory: Path, name: str, output: str) -> None:
    program = directory / name
    program.write_text(f"#!/bin/sh\necho {output}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "is_new_enough"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_a_version_that_vite_supports_is_accepted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    is_new_enough: bool,  # noqa: FBT001 - a parameter
) -> None:
    put(tmp_path, "node", version)
    put(tmp_path, "npm", "11.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert front_end.has_node() is is_new_enough


def test_node_without_npm_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "node", "v24.1.0")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not front_end.has_node()
