"""A copy of the project is renamed, and no trace of the old name remains."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from commands.renaming import NOT_RENAMED, BadName, Name, left_over, name_of, rename
from tests.support.project import ROOT


def write(project: Path, text: str) -> Path:
    file = project / "page.md"
    file.write_text(text)
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without a name of its own: it has the template's."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git tracks here."""
    copy = tmp_path_factory.mktemp("template") / "copy"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for path in {name for name in listed.split("\0") if name and (ROOT / name).is_file()}:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes((ROOT / path).read_bytes())
    subprocess.run(["git", "init", "--quiet", copy], check=True)
    return copy


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Bounded serves.", "Night Library serves."),
        ("Bounded's <bounded@localhost>", "Night Library's <nightlibrary@localhost>"),
        ("bounded_events_total", "nightlibrary_events_total"),
        (r"\bbounded_\w+\nBounded", r"\bnightlibrary_\w+\nNight Library"),
        ("bounded[embedded]", "nightlibrary[embedded]"),
        ("build/bounded.cdx.json", "build/nightlibrary.cdx.json"),
        ("class BoundedProtocol:", "class NightLibraryProtocol:"),
        ("Bounded contexts, an unbounded queue", "Bounded contexts, an unbounded queue"),
        ("six bounded contexts", "six bounded contexts"),
        ('"bounded-audit-1"', '"bounded-audit-1"'),
    ],
)
def test_each_form_of_the_name_is_changed(project: Path, before: str, after: str) -> None:
    file = write(project, before)

    rename(project, Name("Night Library"))

    assert file.read_text() == after


def test_no_trace_of_the_old_name_remains(template: Path) -> None:
    name = Name("Night Library")
    old = name_of(template)
    first = rename(template, name)

    assert first
    assert left_over(template, old) == []
    assert name_of(template) == name
    assert rename(template, name) == []

    assert rename(template, Name("Aurora")) == first
    assert left_over(template, name) == []

    rename(template, old, may_occur=True)  # in a file that is not renamed
    assert all(
        file.read_bytes() == (ROOT / file.relative_to(template)).read_bytes() for file in first
    )


@pytest.mark.parametrize("name", ["Twenty Letter Library", "Zap"])
def test_the_code_passes_the_linter_with_another_name(
    template: Path, tmp_path: Path, name: str
) -> None:
    copy = copytree(template, tmp_path / "copy")
    ruff = Path(sys.executable).with_name("ruff")

    rename(copy, Name(name))

    subprocess.run([ruff, "format", "--no-cache", "--quiet"], cwd=copy, check=True)
    linted = subprocess.run(
        [ruff, "check", "--no-cache"], cwd=copy, check=False, capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def test_files_about_the_template_exist_and_stay(template: Path) -> None:
    for path in NOT_RENAMED:
        assert (ROOT / path).read_bytes() == (template / path).read_bytes()


@pytest.mark.parametrize(
    "text",
    ["", "A", "acme", "Acme!", "Acme  Books", "Äcme", "1st", "A name that is much too long", 'A"b'],
)
def test_a_bad_name_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadName) as refused:
        Name(text)

    assert "\n" not in str(refused.value)


def test_a_word_in_use_is_refused_as_a_name(project: Path) -> None:
    file = write(project, "Bounded has tasks.")

    with pytest.raises(BadName, match=r"the word stands in page.md already"):
        rename(project, Name("Tasks"))

    assert file.read_text() == "Bounded has tasks."
