"""What `manage.py contract` writes, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands import contract as command
from commands.client_breaks import oasdiff
from commands.command_line import cli

needs_oasdiff = pytest.mark.skipif(oasdiff() is None, reason="oasdiff is not installed")

type Run = Callable[..., Result]

GET = {"operationId": "read", "responses": {"200": {"description": "OK"}}}
ACCEPTED = "# What breaks no client\n# of 1.0.0\nGET /a is gone\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the contract of release 1.0.0, which has two paths."""
    for name, file in (("CONTRACT", "openapi.json"), ("RELEASED", "openapi.released.json")):
        monkeypatch.setattr(command, name, tmp_path / file)
        (tmp_path / file).write_text(text(document("1.0.0", "/a", "/b")))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "ACCEPTED", tmp_path / "accepted.txt")
    (tmp_path / "accepted.txt").write_text(ACCEPTED)
    return tmp_path


def document(version: str, *paths: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Specimens", "version": version},
        "paths": {path: {"get": GET} for path in paths},
    }


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


@pytest.fixture
def run(files: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on code that serves ``paths``."""

    def run(
        *options: str,
        version: str = "1.0.0",
        paths: tuple[str, ...],
        second: tuple[str, ...] = (),
    ) -> Result:
        """``second`` are the paths of another version of the API."""
        made = {1: text(document(version, *paths))}
        if second:
            made[2] = text(document(version, *second))
        monkeypatch.setattr(command, "contract_texts", lambda: made)
        return CliRunner().invoke(cli, ["contract", *options])

    return run


def test_a_stale_document_is_refused(run: Run) -> None:
    refused = run("--check", paths=("/a", "/b", "/c"))

    assert refused.exit_code == 1
    assert refused.output == "openapi.json is not what the code says: run `make client`.\n"


@needs_oasdiff
def test_a_break_is_named(run: Run) -> None:
    run(paths=("/a",))

    refused = run("--check", paths=("/a",))

    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        "This breaks clients of 1.0.0:",
        "- GET /b api path removed without deprecation",
        "Take it back, or raise the major version in pyproject.toml.",
    ]


@needs_oasdiff
@pytest.mark.parametrize(("version", "exit_code"), [("1.1.0", 1), ("2.0.0", 0)])
def test_a_major_version_may_break(run: Run, version: str, exit_code: int) -> None:
    run(version=version, paths=("/a",))

    assert run("--check", version=version, paths=("/a",)).exit_code == exit_code


@needs_oasdiff
def test_an_addition_is_not_a_break(run: Run) -> None:
    run(paths=("/a", "/b", "/c"))

    assert run("--check", paths=("/a", "/b", "/c")).exit_code == 0


def test_the_command_writes_the_document_but_not_the_release(run: Run, files: Path) -> None:
    written = run(paths=("/c",))

    assert written.output == "wrote openapi.json\n"
    assert (files / "openapi.json").read_text() == text(document("1.0.0", "/c"))
    assert (files / "openapi.released.json").read_text() == text(document("1.0.0", "/a", "/b"))
    assert (files / "accepted.txt").read_text() == ACCEPTED


def test_a_release_stores_the_document_and_clears_accepted_breaks(run: Run, files: Path) -> None:
    run("--release", version="1.1.0", paths=("/c",))

    assert (files / "openapi.released.json").read_text() == text(document("1.1.0", "/c"))
    assert (files / "accepted.txt").read_text() == "# What breaks no client\n"


def test_each_version_of_the_api_has_its_file(run: Run, files: Path) -> None:
    written = run(paths=("/a", "/b"), second=("/c",))

    assert written.output.splitlines() == ["wrote openapi.json", "wrote openapi.v2.json"]
    assert (files / "openapi.v2.json").read_text() == text(document("1.0.0", "/c"))


def test_a_stale_document_of_another_version_is_refused(run: Run) -> None:
    run(paths=("/a", "/b"))

    refused = run("--check", paths=("/a", "/b"), second=("/c",))

    assert refused.exit_code == 1
    assert "openapi.v2.json is not what the code says" in refused.output


def test_a_document_of_a_removed_version_is_refused(run: Run, files: Path) -> None:
    run("--release", paths=("/a", "/b"), second=("/c",))

    refused = run("--check", paths=("/a", "/b"))

    assert refused.exit_code == 1
    assert "openapi.v2.json, openapi.v2.released.json" in refused.output


@needs_oasdiff
def test_clients_of_each_released_version_are_protected(run: Run) -> None:
    new = run("--check", paths=("/a", "/b"), second=("/c",))
    run("--release", paths=("/a", "/b"), second=("/c", "/d"))
    run(paths=("/a", "/b"), second=("/c",))

    refused = run("--check", paths=("/a", "/b"), second=("/c",))

    assert "is not what the code says" in new.output
    assert refused.exit_code == 1
    assert "- GET /d api path removed without deprecation" in refused.output
