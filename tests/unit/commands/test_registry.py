"""Messages when npm cannot install the front end's packages."""

from pathlib import Path

import pytest

from commands import front_end
from commands.front_end import Tools, Unavailable


@pytest.fixture(autouse=True)
def fe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(front_end, "FE", tmp_path)
    return tmp_path


def npm_failing_with(fe: Path, text: str) -> Tools:
    program = fe / "npm"
    program.write_text(f"#!/bin/sh\necho '{text}' >&2\nexit 1\n")
    program.chmod(0o755)
    return Tools((str(program),), {})


@pytest.mark.parametrize(
    "code", ["ENOTFOUND", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EIDLETIMEOUT"]
)
def test_an_unreachable_registry_is_named(fe: Path, code: str) -> None:
    npm = npm_failing_with(fe, f"npm error code {code}")

    with pytest.raises(Unavailable, match="registry cannot be reached"):
        front_end._install(npm)


def test_another_error_is_shown(fe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    npm = npm_failing_with(fe, "npm error code EINTEGRITY")

    with pytest.raises(Unavailable, match="could not install"):
        front_end._install(npm)

    assert "EINTEGRITY" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("install", 1), ("run test", 1), ("run --if-possible test", 0), ("build", 0)],
)
def test_only_an_optional_command_succeeds_without_the_tools(
    command: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(**_: bool) -> Tools:
        raise Unavailable("The npm registry cannot be reached")

    monkeypatch.setattr(front_end, "_fetch_tools", refuse)
    monkeypatch.setattr("sys.argv", ["front_end", *command.split()])

    assert front_end.main() == exit_code
    assert "The npm registry cannot be reached: " in capsys.readouterr().err
