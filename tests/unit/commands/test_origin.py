"""`manage.py doctor` reports the release that a project comes from, using its git history."""

import subprocess
from pathlib import Path

import pytest

from commands.origin import origin

CHANGELOG = """# Changelog

## [0.3.0] - 2026-12-24

- One.
- Another.

## [0.2.0] - 2026-11-28

- Old.
"""


def git(directory: Path, *arguments: str) -> None:
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *author, *arguments], cwd=directory, check=True, capture_output=True)


def commit(directory: Path, **files: str) -> None:
    for name, text in files.items():
        (directory / name.replace("_", ".")).write_text(text)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message=Of a test")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, template_toml='release = "0.2.0"\n', CHANGELOG_md="", page_md="A page.\n")
    return tmp_path


def release(project: Path, tag: str, number: str) -> None:
    """A release that the project has fetched and not merged."""
    git(project, "switch", "--quiet", "--create", tag)
    commit(project, template_toml=f'release = "{number}"\n', CHANGELOG_md=CHANGELOG)
    git(project, "tag", "--no-sign", tag)
    git(project, "switch", "--quiet", "-")


def test_the_release_of_a_project_is_reported(project: Path) -> None:
    assert origin(project) == "This comes from release 0.2.0 of the template."


def test_a_newer_release_is_named_with_its_number_of_changes(project: Path) -> None:
    release(project, "v0.3.0", "0.3.0")

    assert "not merged: v0.3.0 (2 changes" in origin(project)


def test_a_release_of_the_product_is_not_one_of_the_template(project: Path) -> None:
    git(project, "tag", "--no-sign", "v1.4.0")
    release(project, "v0.1.0", "0.1.0")

    assert origin(project) == "This comes from release 0.2.0 of the template."


def test_changed_files_of_the_release_are_counted(project: Path) -> None:
    git(project, "branch", "template")
    commit(project, page_md="Ours.\n", own_md="Ours too.\n")

    assert "1 of its files are changed here" in origin(project)


def test_without_git_only_the_release_is_reported(tmp_path: Path) -> None:
    (tmp_path / "template.toml").write_text('release = "0.2.0"\n')

    assert origin(tmp_path) == "This comes from release 0.2.0 of the template."


def test_an_unknown_origin_is_reported(tmp_path: Path) -> None:
    assert origin(tmp_path) == "There is no template.toml here that says where this comes from."
