"""Joins a release of the template with a project: ``python -m commands.upgrading --help``.

It needs only the standard library, so that the checkout of a release upgrades an older project. A
project has other names than the template, which would conflict in every line of a merge. So the
releases are merged from a branch that has them under the project's name.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from commands.renaming import BadName, Name, name_of, rename
from commands.tidying import tidy

BRANCH = "template"
"""The releases under the project's name, a commit each."""

_IDENTITY = {"GIT_AUTHOR_NAME": "manage.py upgrade", "GIT_AUTHOR_EMAIL": "upgrade@localhost"} | {
    "GIT_COMMITTER_NAME": "manage.py upgrade",
    "GIT_COMMITTER_EMAIL": "upgrade@localhost",
}


AFTERWARDS = """Next:
  1. Join what is in conflict, and read what the release asks of you: docs/upgrading.md.
  2. make lock client && .venv/bin/python manage.py modules   # make anew what is generated
  3. make check, then git commit"""


class CannotUpgrade(Exception):
    """The project cannot be upgraded as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left to do by hand after a merge, which is not committed yet."""

    conflicts: tuple[str, ...]
    moved: tuple[Path, ...]
    """Migrations of the team's that moved to its own lane."""


class Project:
    def __init__(self, directory: Path, name: Name | None = None) -> None:
        """``name`` is for a project that does not contain its own."""
        self.directory = directory
        self.name = name or name_of(directory)

    def upgrade(self, source: str, *, old: str, new: str) -> Outcome:
        """Merge the template's changes between two of its commits, and commit nothing.

        ``source`` is a repository that has both, as git names it. Raises :class:`CannotUpgrade`.
        """
        if self._git("status", "--porcelain"):
            raise CannotUpgrade("Commit your changes first: an upgrade is a merge.")
        old, new = self._fetch(source, old), self._fetch(source, new)
        if not self._has_commit(BRANCH):
            self._begin(old)
        before = self._git("rev-parse", BRANCH)
        release = self._commit(new, f"The template at {new[:12]}", "-p", before)
        self._git("branch", "--force", BRANCH, release)
        self._git("merge", "--no-ff", "--no-commit", BRANCH, is_checked=False)
        moved = move_migrations(self.directory / "migrations", self._own_migrations(before))
        if moved:
            self._git("add", "--all", "migrations/versions", "migrations/team")
        return Outcome(self._take_generated(), tuple(moved))

    def _fetch(self, source: str, revision: str) -> str:
        """The id of the commit, which is fetched if needed."""
        self._git("fetch", "--quiet", "--no-tags", source, revision)
        return self._git("rev-parse", "FETCH_HEAD^{commit}")

    def _begin(self, old: str) -> None:
        """Record in git that the project contains the whole release that it began with."""
        self._git("branch", BRANCH, self._commit(old, f"The template at {old[:12]}"))
        self._git(
            "merge",
            "--quiet",
            "--strategy=ours",
            "--allow-unrelated-histories",
            f"--message=The project began with the template at {old[:12]}",
            BRANCH,
        )

    def _commit(self, revision: str, message: str, *parents: str) -> str:
        """A commit of the tree under the project's name."""
        with tempfile.TemporaryDirectory(prefix="upgrade-") as scratch:
            tree = Path(scratch, "tree")
            tree.mkdir()
            archive = subprocess.run(
                ["git", "archive", revision], cwd=self.directory, check=True, capture_output=True
            )
            subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
            subprocess.run(["git", "init", "--quiet", tree], check=True)
            tidy(rename(tree, self.name, may_occur=True), project=tree, tools=self.directory)
            place = {"GIT_WORK_TREE": str(tree), "GIT_INDEX_FILE": str(Path(scratch, "index"))}
            place["GIT_DIR"] = self._git("rev-parse", "--absolute-git-dir")
            (tree / ".git").rename(Path(scratch, "git"))
            self._git("add", "--all", "--force", ".", directory=tree, variables=place)
            written = self._git("write-tree", directory=tree, variables=place)
        return self._git("commit-tree", written, "-m", message, *parents)

    def _own_migrations(self, before: str) -> list[Path]:
        """The team's files among the template's, from before it had a folder of its own."""
        folder = "migrations/versions"
        ours, theirs = (
            set(self._git("ls-tree", "--name-only", commit, f"{folder}/").splitlines())
            for commit in ("HEAD", before)
        )
        return [self.directory / path for path in sorted(ours - theirs) if path.endswith(".py")]

    def _take_generated(self) -> tuple[str, ...]:
        """Take the release's version of generated files. Returns the other conflicts."""
        generated = set(settings_of(self.directory)["generated"])
        unmerged = self._git("diff", "--name-only", "--diff-filter=U").splitlines()
        for path in generated.intersection(unmerged):
            self._git("checkout", "--theirs", "--", path)
            self._git("add", "--", path)
        return tuple(sorted(set(unmerged) - generated))

    def _has_commit(self, revision: str) -> bool:
        return bool(self._git("rev-parse", "--quiet", "--verify", revision, is_checked=False))

    def _git(
        self,
        *arguments: str,
        directory: Path | None = None,
        is_checked: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Git's output; empty if it fails and is not checked."""
        run = subprocess.run(
            ["git", *arguments],
            cwd=directory or self.directory,
            env={**os.environ, **_IDENTITY, **(variables or {})},
            check=False,
            capture_output=True,
            text=True,
        )
        if run.returncode and is_checked:
            raise CannotUpgrade(f"git {arguments[0]} failed: {run.stderr.strip()}")
        return run.stdout.strip() if run.returncode == 0 else ""


def upgrade(project: Project, *, source: str, old: str | None, new: str) -> None:
    """Merge, and print what is left to do. Raises :class:`CannotUpgrade`."""
    began = old or f"v{settings_of(project.directory)['release']}"
    outcome = project.upgrade(source, old=began, new=new)
    print(f"Merged {new} of the template into {project.name.text}; nothing is committed yet.")
    for file in outcome.moved:
        print(f"  moved      {file.relative_to(project.directory)}")
    for path in outcome.conflicts:
        print(f"  conflict   {path}")
    print(AFTERWARDS)


def settings_of(project: Path) -> dict[str, Any]:
    """The content of ``template.toml``, of the merged release or of this one."""
    here = project / "template.toml"
    file = here if here.exists() else Path(__file__).parents[1] / "template.toml"
    return tomllib.loads(file.read_text())


def move_migrations(home: Path, files: Sequence[Path]) -> list[Path]:
    """Give the team's revisions numbers of its own; databases have the old ones."""
    moved: list[Path] = []
    after, parent = "", None
    for number, file in enumerate(files, start=1):
        text = file.read_text()
        [old], [before] = (
            re.findall(rf'^{word} = ["\'](\w+)["\']', text, re.MULTILINE)
            for word in ("revision", "down_revision")
        )
        after = after or before
        new = f"t{number:04}"
        place = f'after = "{after}"\nreplaces = "{old}"'
        text = re.sub(r"^revision = .*$", f'revision = "{new}"', text, flags=re.MULTILINE)
        following = f'"{parent}"' if parent else "None"
        text = re.sub(
            r"^down_revision = .*$",
            f"down_revision = {following}\n{place}",
            text,
            flags=re.MULTILINE,
        )
        target = home / "team" / re.sub(r"^[^_]+", new, file.name)
        target.parent.mkdir(exist_ok=True)
        file.unlink()
        target.write_text(text)
        moved.append(target)
        parent = new
    return moved


def main() -> int:
    parser = argparse.ArgumentParser(description="Merge a release of the template into a project.")
    parser.add_argument("release", help="a tag or a commit of the template")
    parser.add_argument("--project", type=Path, default=Path.cwd(), help="by default here")
    parser.add_argument("--source", required=True, help="a repository of the template")
    parser.add_argument("--from", dest="old", help="the release that the project comes from")
    parser.add_argument("--name", help="of a project that does not say it: one from 0.2.0")
    options = parser.parse_args()
    try:
        name = Name(options.name) if options.name else None
        project = Project(options.project.resolve(), name)
        upgrade(project, source=options.source, old=options.old, new=options.release)
    except (BadName, CannotUpgrade) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
