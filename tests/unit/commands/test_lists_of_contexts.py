"""Entries in the lists of contexts, and changes of files that are made completely or not at all."""

from pathlib import Path

import pytest

from commands.contexts.changes import Changes
from commands.contexts.icons import with_icon, without_unused_icons
from commands.contexts.lists import (
    Entry,
    ListMissing,
    entries_of,
    with_entry,
    with_import,
    without_entry,
)
from commands.contexts.names import Names
from tests.support.project import ROOT

LETTERS = Entry(Path("letters.py"), "LETTERS = [", '"c"')


@pytest.mark.parametrize(
    "text", ['LETTERS = ["a", f(["b"])]\n', 'LETTERS = [\n    "a",\n    f(["b"]),\n]\n']
)
def test_an_entry_is_appended_to_its_list(text: str) -> None:
    namespace: dict[str, object] = {"f": len}

    exec(with_entry(text, LETTERS), namespace)

    assert namespace["LETTERS"] == ["a", 1, "c"]


def test_an_entry_is_removed_again() -> None:
    text = 'LETTERS = [\n    "a",\n]\n'

    added = with_entry(text, LETTERS)

    assert '"c"' in added
    assert without_entry(added, LETTERS) == text
    assert without_entry(text, LETTERS) == text


@pytest.mark.parametrize("text", ["NUMBERS = []", "LETTERS = ["])
def test_a_missing_list_is_named(text: str) -> None:
    with pytest.raises(ListMissing, match="LETTERS"):
        with_entry(text, LETTERS)


def test_every_list_exists() -> None:
    for entry in entries_of(Names.of("projects"), "FolderIcon"):
        assert entry.text in with_entry((ROOT / entry.file).read_text(), entry)


def test_an_import_follows_those_of_other_features() -> None:
    text = 'import a from "a";\nimport { b } from "@/features/b/b";\n\nb(a);\n'
    line = 'import { c } from "@/features/c/c";'

    added = with_import(text, line)

    assert added.splitlines()[2] == line
    assert with_import(added, line) == added
    assert with_import("import a;\n", line).startswith(line)


@pytest.mark.parametrize("many", [1, 9])
def test_an_icon_is_imported_as_long_as_a_page_uses_it(many: int) -> None:
    icons = [f"Inbox{number}Icon" for number in range(many)]
    text = with_icon(f'import {{ }} from "lucide-react";\n\n{icons};\n', icons[0])
    for icon in icons:
        text = with_icon(text, icon)

    added = with_icon(text, "FolderIcon")

    assert "FolderIcon" in added
    assert with_icon(added, "FolderIcon") == added
    assert without_unused_icons(added) == text


def test_a_long_import_is_broken_as_prettier_does() -> None:
    short = 'import { HouseIcon } from "lucide-react";\n'

    long = with_icon(short, "I" + "i" * 60 + "Icon")

    assert long.startswith("import {\n  HouseIcon,\n  Iiii")


def test_a_navigation_without_icons_is_named() -> None:
    with pytest.raises(ListMissing, match="lucide-react"):
        with_icon("const PAGES: Page[] = [];\n", "FolderIcon")


def test_changes_are_undone_on_a_failure(tmp_path: Path) -> None:
    kept, gone, new = tmp_path / "kept", tmp_path / "folder/gone", tmp_path / "a/b/new"
    kept.write_text("before")
    gone.parent.mkdir()
    gone.write_text("there")

    with pytest.raises(RuntimeError), Changes(tmp_path) as changes:
        changes.write(kept, "after")
        changes.write(new, "new")
        changes.delete(gone.parent)
        raise RuntimeError

    assert (kept.read_text(), gone.read_text()) == ("before", "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "kept"]


def test_changes_stay_on_success(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "a/new"
    old.write_text("old")

    with Changes(tmp_path) as changes:
        changes.write(new, "new")
        changes.keep(old)

    assert changes.made == [new]
    assert new.read_text() == "new"
