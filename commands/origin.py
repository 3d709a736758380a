"""Which release of the template this project comes from, and what has changed since, offline."""

import re
import subprocess
import tomllib
from pathlib import Path

from commands.upgrading import BRANCH


def origin(project: Path) -> str:
    """One sentence for each known fact. A newer release is news, and no fault."""
    file = project / "template.toml"
    if not file.exists():  # as in the image
        return "There is no template.toml here that says where this comes from."
    release = tomllib.loads(file.read_text())["release"]
    known = [f"This comes from release {release} of the template.", *_edits(project)]
    newer = [tag for tag in _releases(project) if _order(tag) > _order(release)]
    if newer:
        changes = _changes(project, newer[-1], since=release)
        known.append(
            f"Newer, and not merged: {', '.join(newer)} ({changes} changes, which"
            f" `git show {newer[-1]}:CHANGELOG.md` tells): docs/upgrading.md."
        )
    return " ".join(known)


def _edits(project: Path) -> list[str]:
    """How many files of the release have been changed here; empty if git does not know it."""
    if not _git(project, "rev-parse", "--quiet", "--verify", BRANCH):
        return []
    edited = _git(project, "diff", "--name-only", "--diff-filter=MDT", BRANCH, "HEAD").splitlines()
    return [f"{len(edited)} of its files are changed here: `git diff {BRANCH} HEAD --stat`."]


def _releases(project: Path) -> list[str]:
    """The tags that are releases of the template, and not the team's own; the oldest first."""
    tags = _git(project, "tag", "--list", "v[0-9]*").splitlines()
    return sorted((tag for tag in tags if _is_of_template(project, tag)), key=_order)


def _is_of_template(project: Path, tag: str) -> bool:
    output = _git(project, "show", f"{tag}:template.toml")
    return f'release = "{tag.removeprefix("v")}"' in output.splitlines()


def _changes(project: Path, tag: str, *, since: str) -> int:
    output = _git(project, "show", f"{tag}:CHANGELOG.md").partition(f"\n## [{since}]")[0]
    return len(re.findall(r"^- ", output, re.MULTILINE))


def _order(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]


def _git(project: Path, *arguments: str) -> str:
    """Git's output; empty if there is no git, no repository or no such object."""
    try:
        run = subprocess.run(
            ["git", *arguments], cwd=project, check=False, capture_output=True, text=True
        )
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
