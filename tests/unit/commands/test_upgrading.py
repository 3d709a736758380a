"""A release is merged into a project that has another name."""

import subprocess
from pathlib import Path

import pytest

from commands.renaming import Name, rename
from commands.upgrading import CannotUpgrade, Project

RELEASED = {
    "page.md": "Bounded serves.\n\nIt is\na monolith\nin layers.\n",
    "list.md": "tasks\n",
    "template.toml": 'release = "1"\nshared = ["list.md"]\ngenerated = ["made.md"]\n',
    "made.md": "1\n",
}
NEXT = RELEASED | {
    "page.md": "Bounded serves well.\n\nIt is\na monolith\nin layers.\n",
    "made.md": "2\n",
    "more.md": "More of Bounded.\n",
}


def git(directory: Path, *arguments: str) -> str:
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    run = subprocess.run(
        ["git", *author, *arguments], cwd=directory, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def commit(directory: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (directory / path).write_text(text)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message=Of a test")
    return git(directory, "rev-parse", "HEAD")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template whose releases are tags."""
    directory = tmp_path / "template"
    git(tmp_path, "init", "--quiet", str(directory))
    for release, files in (("v1", RELEASED), ("v2", NEXT)):
        commit(directory, files)
        git(directory, "tag", release)
    return directory


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Project:
    directory = tmp_path / "project"
    git(tmp_path, "clone", "--quiet", "--branch=v1", str(template), str(directory))
    rename(directory, Name("Acme"))
    commit(directory, {"own.md": "Ours.\n"})
    return Project(directory, Name("Acme"))


def text(project: Project, path: str) -> str:
    return (project.directory / path).read_text()


def test_changes_of_the_release_arrive_under_the_projects_name(
    project: Project, template: Path
) -> None:
    commit(project.directory, {"page.md": "Acme serves.\n\nIt is\na monolith\nin layers, ours.\n"})

    outcome = project.upgrade(str(template), old="v1", new="v2")

    assert outcome.conflicts == ()
    assert text(project, "page.md") == "Acme serves well.\n\nIt is\na monolith\nin layers, ours.\n"
    assert text(project, "more.md") == "More of Acme.\n"
    assert text(project, "own.md") == "Ours.\n"


def test_only_a_file_changed_by_both_conflicts(project: Project, template: Path) -> None:
    commit(project.directory, {"page.md": "Acme serves us.\n", "made.md": "ours\n"})

    outcome = project.upgrade(str(template), old="v1", new="v2")

    assert outcome.conflicts == ("page.md",)
    assert text(project, "made.md") == "2\n"


def test_a_later_release_is_merged_from_the_previous_one(project: Project, template: Path) -> None:
    project.upgrade(str(template), old="v1", new="v2")
    git(project.directory, "commit", "--quiet", "--no-edit")
    third = commit(template, NEXT | {"more.md": "Still more of Bounded.\n"})

    outcome = project.upgrade(str(template), old="v2", new=third)

    assert outcome.conflicts == ()
    assert text(project, "more.md") == "Still more of Acme.\n"


def test_uncommitted_changes_prevent_a_merge(project: Project, template: Path) -> None:
    (project.directory / "own.md").write_text("Changed.\n")

    with pytest.raises(CannotUpgrade, match="Commit your changes first"):
        project.upgrade(str(template), old="v1", new="v2")


def test_a_missing_release_is_named(project: Project, template: Path) -> None:
    with pytest.raises(CannotUpgrade, match="v9"):
        project.upgrade(str(template), old="v1", new="v9")
