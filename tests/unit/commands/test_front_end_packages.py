"""Whether the installed front-end packages match the lock file on this machine."""

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


def put(fe: Path, *, locked: dict[str, Any], installed: dict[str, Any]) -> None:
    (fe / "package-lock.json").write_text(json.dumps({"packages": {"": {}, **locked}}))
    (fe / "node_modules/.package-lock.json").write_text(json.dumps({"packages": installed}))


def test_missing_packages_are_noticed(fe: Path) -> None:
    assert not front_end._has_packages(to_develop=True)


@pytest.mark.parametrize(
    "extra", [{}, {"node_modules/left": {"integrity": "sha512-b"}}, {"node_modules/aix": ELSEWHERE}]
)
def test_additional_packages_are_allowed(fe: Path, extra: dict[str, Any]) -> None:
    put(fe, locked=REACT, installed=REACT | extra)

    assert front_end._has_packages(to_develop=True)


def test_a_package_for_another_platform_is_not_needed(fe: Path) -> None:
    put(fe, locked=REACT | {"node_modules/aix": ELSEWHERE}, installed=REACT)

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
def test_a_missing_or_outdated_package_is_noticed(fe: Path, named: dict[str, Any]) -> None:
    put(fe, locked=named, installed=REACT)

    assert not front_end._has_packages(to_develop=True)


class TestToRun:
    def test_development_tools_are_not_needed(self, fe: Path) -> None:
        put(fe, locked=REACT | LINTER, installed=REACT)

        assert front_end._has_packages(to_develop=False)
        assert not front_end._has_packages(to_develop=True)
        assert not front_end._develops()

    def test_a_shared_package_is_needed(self, fe: Path) -> None:
        put(fe, locked=REACT | LINTER, installed=LINTER)

        assert not front_end._has_packages(to_develop=False)

    def test_development_packages_suffice_to_run(self, fe: Path) -> None:
        put(fe, locked=REACT | LINTER, installed=REACT | LINTER)

        assert front_end._has_packages(to_develop=False)
        assert front_end._develops()
