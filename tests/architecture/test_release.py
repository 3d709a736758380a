"""A release is described, and its requirements are pinned by hash."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.project import ROOT

REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))


def test_the_changelog_describes_the_release_first() -> None:
    """The release of the template: the version in pyproject.toml is the product's own."""
    releases = re.findall(
        r"^## \[(\d.*?)\] - (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    version, date = releases[0]
    assert version == tomllib.loads((ROOT / "template.toml").read_text())["release"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_with_hashes(file: Path) -> None:
    requirements = re.split(
        r"\n(?=\S)", re.sub(r"^ *#.*\n", "", file.read_text(), flags=re.MULTILINE)
    )

    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", requirement)
        assert "--hash=sha256:" in requirement


@pytest.mark.parametrize("installer", ["Makefile", "Dockerfile"], ids=["make", "docker"])
def test_the_hashes_are_checked(installer: str) -> None:
    text = (ROOT / installer).read_text().replace("\\\n", " ")
    installs = re.findall(r"^.*(?:pip sync|install .*-r ).*$", text, re.MULTILINE)

    assert installs
    assert all("--require-hashes" in install for install in installs)
