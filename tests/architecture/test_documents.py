"""The documents name only files that exist, and their links resolve."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.project import anchors

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
FOLDERS = [".github", "BE", "benchmarks", "commands", "deploy", "docs", "migrations", "tests"]
SUFFIXES = (".py", ".md", ".toml", ".json", ".yml", ".ini", ".txt")


def prose(document: Path) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)


def paths(text: str) -> set[str]:
    """Return the code spans of a text that look like paths of this repository."""
    return {
        code
        for code in re.findall(r"`([\w.*/<>-]+)`", text)
        if code.endswith(SUFFIXES) or ("/" in code and code.partition("/")[0] in FOLDERS)
    }


def exists(path: str) -> bool:
    """Whether a file has this path, or ends with it; ``<context>`` matches any name."""
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    return any(ROOT.glob(pattern)) or any(
        any((ROOT / folder).glob(f"**/{pattern}")) for folder in FOLDERS
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
class TestDocument:
    def test_names_files_that_exist(self, document: Path) -> None:
        gone = sorted(path for path in paths(prose(document)) if not exists(path))

        assert not gone, f"{document.name} names files that moved or are gone: correct the paths"

    def test_has_links_that_resolve(self, document: Path) -> None:
        links = re.findall(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)", prose(document))
        broken = [
            f"{path}#{anchor}"
            for path, anchor in links
            for target in [document.parent / path if path else document]
            if not target.exists() or (anchor and anchor not in anchors(target))
        ]

        assert not broken


def test_the_diagram_of_the_core_lists_its_packages_in_the_order_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == ["BE.core"]
    ]
    level = {name: number for number, layer in enumerate(layers) for name in layer.split(" | ")}
    rows = re.findall(r"<b>BE/core/([^<]+)</b>", (ROOT / "docs/architecture.md").read_text())
    drawn = [name for row in rows for name in row.split(" · ")]

    assert sorted(drawn) == sorted(level)
    assert [level[name] for name in drawn] == sorted(level.values())
