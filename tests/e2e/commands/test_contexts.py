"""A context is made by a command and taken out by another, on a copy of the whole project."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.front_end import Unavailable, fetch_tools
from tests.support.code import BEING_COMPILED, copy_mypy_cache, replace_in
from tests.support.processes.server import PATIENCE, ROOT, environment

pytestmark = pytest.mark.timeout(3600)
"""A busy machine takes minutes for what a project's own tools do."""

LEFT_OUT = shutil.ignore_patterns(
    ".*_cache", ".data", ".git", ".venv", "build", "dist", "node_modules", BEING_COMPILED
)
LONGEST = ("organisation_memberships", "--singular", "organisation_membership")
COMMITTER = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
NO_FILES = {
    ".hypothesis",
    ".venv",
    "__pycache__",
    "node_modules",
    ".data",
    ".git",
    ".mypy_cache",
    ".ruff_cache",
    "dist",
}
COMMIT = ("commit", "--quiet", "--message", "a state")
FOLDER = ("--icon", "folder-open")
GUIDE = ROOT / "docs/adding-a-context.md"
BLOCK = re.compile(r"^```(bash|diff|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MIGRATION = "# migrations/team/"
PYTHON = ".venv/bin/python "
NAVIGATION = "FE/src/app/shell/Navigation.tsx"
LEVELS = ("unit", "contract", "integration", "browser")
FRONT_END = ("-m", "commands.front_end", "run")
LINT_PAGES = (*FRONT_END, "lint")
LINTERS = (
    ("node_modules/.bin/eslint", "--no-warn-ignored"),
    ("node_modules/.bin/prettier", "--check"),
)
UNCOMMITTED = ("git", "ls-files", "--modified", "--others", "--exclude-standard")
INSTEAD: dict[str, list[tuple[str, ...]]] = {
    "make run": [("manage.py", "migrate")],
    "make client": [("manage.py", "contract"), (*FRONT_END, "generate")],
    "make lint": [
        ("-m", "ruff", "format", "--check"),
        ("-m", "ruff", "check"),
        ("-m", "mypy"),
        ("-m", "migrations.lint"),
        LINT_PAGES,
        (*FRONT_END, "typecheck"),
        ("manage.py", "contract", "--check"),
    ],
    "make test CONTEXT=projects": [
        ("-m", "commands.front_end", "build", "--to-develop"),
        (*FRONT_END, "test", "src/features/projects/"),
        (
            *("-m", "pytest", "-p", "no:cacheprovider", "-q"),
            *(f"tests/{level}/projects" for level in LEVELS),
        ),
    ],
}


class Project:
    """A copy of everything that a checkout has."""

    def __init__(self, directory: Path) -> None:
        self._tools = fetch_tools()
        self.directory = shutil.copytree(ROOT, directory, ignore=LEFT_OUT)
        copy_mypy_cache(directory)
        (directory / "FE/node_modules").symlink_to((ROOT / "FE/node_modules").resolve())
        (directory / ".venv").symlink_to(sys.prefix)
        self.commit()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run((sys.executable, *arguments), self.directory)

    def require(self, *arguments: str) -> str:
        return _output(self.run(*arguments))

    def lint_pages(self) -> str:
        """Lint the pages that no commit has: the others are as they were, and take a minute."""
        pages = self.directory / "FE"
        listed = _output(self._run((*UNCOMMITTED, "*.ts", "*.tsx"), pages)).splitlines()
        there = [file for file in listed if (pages / file).exists()]
        assert there, "without a name, ESLint lints every page"
        return "".join(_output(self._run((*linter, *there), pages)) for linter in LINTERS)

    def commit(self) -> None:
        for arguments in (("init", "--quiet"), ("add", "--all"), (*COMMITTER, *COMMIT)):
            subprocess.run(["git", *arguments], cwd=self.directory, check=True)

    def files(self) -> Mapping[str, bytes]:
        return {
            str(file.relative_to(self.directory)): file.read_bytes()
            for file in self.directory.rglob("*")
            if file.is_file()
            if not NO_FILES & {*file.parts}
        }

    def _run(self, command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": self._tools.environment["PATH"], "DATA_DIR": self.directory / ".data"}
        return subprocess.run(
            command,
            cwd=folder,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE * 5,
        )


def _output(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, f"{result.args}: {result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project for tests that leave it as it is."""
    return copy_to(tmp_path_factory.mktemp("shared") / "code")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copy_to(tmp_path / "code")


def copy_to(directory: Path) -> Project:
    try:
        return Project(directory)
    except Unavailable as error:
        pytest.skip(str(error))


def test_the_page_about_contexts_does_what_it_says(project: Project) -> None:
    before = project.files()

    said = [follow(project, step) for step in steps(GUIDE.read_text())]
    after = project.files()

    assert "One of them is a project." in said[0]
    assert "user.registered@1" in "".join(said)
    assert after == before
    assert "projects is gone, and so are its migrations." in said[-1]
    assert project.require("manage.py", "migrate", "--plan") == "There is nothing to do.\n"


@dataclass(frozen=True)
class Step:
    kind: str
    """``bash``, ``diff``, or ``python`` for the text of a file."""
    text: str


def steps(guide: str) -> Iterator[Step]:
    for kind, text in BLOCK.findall(guide):
        if kind == "bash":
            yield from (Step(kind, line) for line in text.splitlines())
        elif kind == "diff" or text.startswith(MIGRATION):
            yield Step(kind, text)


def follow(project: Project, step: Step) -> str:
    if step.kind == "diff":
        patch = project.directory.parent / "step.diff"
        patch.write_text(step.text)
        return apply(project, patch)
    if step.kind == "python":
        place, text = step.text.split("\n", 1)
        file = project.directory / place.removeprefix("# ").partition(":")[0]
        file.write_text(file.read_text().partition("def upgrade")[0] + text)
        return ""
    return "".join(
        project.lint_pages() if arguments == LINT_PAGES else project.require(*arguments)
        for arguments in commands_of(step.text)
    )


def apply(project: Project, patch: Path) -> str:
    applied = subprocess.run(
        ["git", "apply", "--verbose", str(patch)],
        cwd=project.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, applied.stderr
    return applied.stderr


def commands_of(line: str) -> list[tuple[str, ...]]:
    """A line of the page, as Python runs it; what make installs first is there."""
    if line.startswith(PYTHON):
        return [tuple(shlex.split(line.removeprefix(PYTHON)))]
    return INSTEAD[line]


def test_a_name_of_several_words_fits_too(project: Project) -> None:
    said = project.require("manage.py", "new-context", *LONGEST, *FOLDER)
    project.require("-m", "ruff", "format", "--check")
    project.require("-m", "ruff", "check")
    project.require("-m", "migrations.lint")
    project.require("manage.py", "contract", "--check")
    project.require(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")

    assert "One of them is an organisation membership." in said
    assert "icon: FolderOpenIcon" in (project.directory / NAVIGATION).read_text()


def test_migrations_that_a_commit_has_stay_and_another_drops_the_tables(project: Project) -> None:
    before = project.files()
    project.require("manage.py", "new-context", *LONGEST)
    project.commit()

    said = project.require("manage.py", "remove-context", LONGEST[0], "--yes")
    after = project.files()

    assert "the next `migrate` drops its tables" in said
    assert [name for name in before if after.get(name) != before[name]] == []
    assert {*after} - {*before} == {
        "migrations/team/t0001_organisation_memberships.py",
        "migrations/team/t0002_without_organisation_memberships.py",
    }


def test_tasks_are_taken_out_and_all_that_is_left_to_people_is_named(project: Project) -> None:
    said = project.require("manage.py", "remove-context", "tasks", "--yes")
    named = re.findall(r"^  (\S+)$", said, re.MULTILINE)
    for file in named:
        if file.endswith(".py"):
            (project.directory / file).unlink()
    project.require("manage.py", "contract", "--release")

    project.require("manage.py", "contract", "--check")
    project.require("-m", "ruff", "check")
    project.require("-m", "ruff", "format", "--check")
    project.require("-m", "migrations.lint")
    project.require(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    project.require("-m", "commands.front_end", "run", "typecheck")
    every_revision = ("tests/integration/migrations/test_migrations.py", "-k", "every_revision")
    project.require("-m", "pytest", "-p", "no:cacheprovider", "-q", *every_revision)
    left = [name for name in project.files() if re.search(r"(modules|features|/\w+)/tasks/", name)]
    assert left == []
    assert "benchmarks/tasks_million.py" in named
    assert "docs/security.md" in named


def test_nothing_is_written_where_a_list_is_gone(project: Project) -> None:
    replace_in(
        project.directory / NAVIGATION, "const PAGES: Page[] = [", "const PLACES: Page[] = ["
    )
    before = project.files()

    failed = project.run("manage.py", "new-context", "lab_visits")
    after = project.files()

    assert failed.returncode == 1
    assert "Navigation.tsx has no “const PAGES: Page[] = [” any more" in failed.stderr
    assert after == before


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("new-context", "Projects"), "small letters"),
        (("new-context", "notifications"), "is in use already"),
        (("new-context", "lab_visits", "--icon", "no-such"), "There is no icon no-such: https://"),
        (("remove-context", "projects", "--yes"), "There is no context projects: there are audit"),
        (("remove-context", "tasks"), "all that is in the schema tasks: give --yes if"),
        (("remove-context", "users", "--yes"), "users stays, for others cannot do without it"),
        (("remove-context", "auth", "--yes"), "notifications handles its events"),
        (("remove-context", "exports", "--yes"), "notifications handles its events"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    shared: Project, command: tuple[str, ...], sentence: str
) -> None:
    before = shared.files()

    failed = shared.run("manage.py", *command)

    assert failed.returncode == 1
    assert sentence in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert shared.files() == before
