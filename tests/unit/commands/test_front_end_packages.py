"""Whether the packages of the front end are those that the lock file names for this machine."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import front_end

REACT = {"node_modules/react": {"version": "19.0.0", "integrity": "sha512-a"}}
HERE: dict[str, Any] = {"optional": True, "os": [sys.platform], "cpu": [front_end._CPU]}
LINTER = {"node_modules/eslint": {"integrity": "sha512-e", "dev": True}}
ELSEWHERE: dict[str, Any] = {"optional": True, "os": ["aix"], "cpu": ["ppc64"]}


@pytest.fixture(autouse=True)
def fe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(front_end, "FE", tmp_path)
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def put(fe: Path, *, named: dict[str, Any], held: dict[str, Any]) -> None:
    (fe / "package-lock.json").write_text(json.dumps({"packages": {"": {}, **named}}))
    (fe / "node_modules/.package-lock.json").write_text(json.dumps({"packages": held}))


def test_none_are_installed(fe: Path) -> None:
    assert not front_end._has_packages(to_develop=True)


@pytest.mark.parametrize(
    "extra", [{}, {"node_modules/left": {"integrity": "sha512-b"}}, {"node_modules/aix": ELSEWHERE}]
)
def test_those_that_are_named_and_more(fe: Path, extra: dict[str, Any]) -> None:
    put(fe, named=REACT, held=REACT | extra)

    assert front_end._has_packages(to_develop=True)


def test_one_for_another_platform_is_not_missed(fe: Path) -> None:
    put(fe, named=REACT | {"node_modules/aix": ELSEWHERE}, held=REACT)

    assert front_end._has_packages(to_develop=True)


@pytest.mark.parametrize(
    "named",
    [
        {"node_modules/react": {"version": "19.0.1", "integrity": "sha512-b"}},
        REACT | {"node_modules/left": {"integrity": "sha512-b"}},
        REACT | {"node_modules/here": {"integrity": "sha512-b", **HERE}},
    ],
    ids=["of another version", "missing", "missing for this platform"],
)
def test_one_is(fe: Path, named: dict[str, Any]) -> None:
    put(fe, named=named, held=REACT)

    assert not front_end._has_packages(to_develop=True)


class TestToRun:
    def test_no_tool_of_development_is_missed(self, fe: Path) -> None:
        put(fe, named=REACT | LINTER, held=REACT)

        assert front_end._has_packages(to_develop=False)
        assert not front_end._has_packages(to_develop=True)
        assert not front_end._develops()

    def test_what_is_for_both_is_missed(self, fe: Path) -> None:
        put(fe, named=REACT | LINTER, held=LINTER)

        assert not front_end._has_packages(to_develop=False)

    def test_who_develops_has_what_running_needs_and_keeps_the_tools(self, fe: Path) -> None:
        put(fe, named=REACT | LINTER, held=REACT | LINTER)

        assert front_end._has_packages(to_develop=False)
        assert front_end._develops()
