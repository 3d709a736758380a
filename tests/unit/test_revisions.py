"""The files of revisions must form one chain; otherwise they are refused in one sentence."""

from pathlib import Path

import pytest

from migrations.applying import sql_of
from migrations.lanes import TEMPLATE
from migrations.revisions import Applied, RevisionChain, RevisionConflict, UnknownRevision


def write(
    home: Path, file: str, revision: str | None, parent: object, after: str | None = None
) -> None:
    number = "" if revision is None else f"revision = {revision!r}\n"
    place = "" if after is None else f"after = {after!r}\n"
    (home / file).parent.mkdir(exist_ok=True)
    (home / file).write_text(f'"""{file}"""\n{number}down_revision = {parent!r}\n{place}')


def of_template(applied: str | None) -> Applied:
    return {} if applied is None else {TEMPLATE: applied}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, "versions/0001_first.py", "0001", None)
    write(tmp_path, "versions/0002_second.py", "0002", "0001")
    return tmp_path


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ([("0002_mine.py", "0002", "0001")], ["0002_second.py", "0002_mine.py", "0002"]),
        ([("0003_mine.py", "0002", "0002")], ["0002_second.py", "0003_mine.py"]),
        ([("0003_mine.py", "0003", "0001")], ["0002_second.py", "0003_mine.py", "0001"]),
        (
            [("0003_a.py", "0003", "0002"), ("0003_b.py", "0003b", "0002")],
            ["0003_a.py", "0003_b.py"],
        ),
        (
            [
                ("a.py", "a", "0002"),
                ("b.py", "b", "0002"),
                ("merge.py", "c", ("a", "b")),
            ],
            ["a.py", "b.py"],
        ),
        ([("0001_mine.py", "mine", None)], ["0001_first.py", "0001_mine.py"]),
        ([("0004_mine.py", "0004", "0003")], ["0004_mine.py", "0003"]),
        ([("0003_mine.py", None, "0002")], ["0003_mine.py"]),
    ],
    ids=[
        "one number and parent",
        "one number",
        "two heads",
        "two new heads",
        "joined heads",
        "two first ones",
        "a parent that is missing",
        "no number",
    ],
)
def test_files_that_break_the_chain_are_named(
    home: Path, added: list[tuple[str, str | None, object]], named: list[str]
) -> None:
    for file, revision, parent in added:
        write(home, f"versions/{file}", revision, parent)

    with pytest.raises(RevisionConflict) as refused:
        RevisionChain.read(home)

    sentence = str(refused.value)
    assert all(name in sentence for name in named)
    assert "\n" not in sentence


def test_files_left_by_an_editor_are_ignored(home: Path) -> None:
    for name in (".#0002_second.py", "0002_second.py~", "__init__.py", "0002_second.py.orig"):
        (home / "versions" / name).write_text("revision = '0002'\ndown_revision = '0001'\n")

    assert RevisionChain.read(home).newest(TEMPLATE) == "0002"


@pytest.mark.parametrize(
    ("applied", "target", "expected"),
    [
        (None, "head", (["0001", "0002"], True)),
        ("0001", "head", (["0002"], True)),
        ("0002", "head", ([], True)),
        ("0002", "base", (["0002", "0001"], False)),
        ("0002", "0001", (["0002"], False)),
        (None, "base", ([], True)),
    ],
)
def test_a_plan_leads_from_what_is_applied_to_the_target(
    home: Path, applied: str | None, target: str, expected: tuple[list[str], bool]
) -> None:
    plan = RevisionChain.read(home).plan(of_template(applied), target)

    assert ([revision.id for revision in plan.revisions], plan.is_upgrade) == expected


@pytest.mark.parametrize(("applied", "target"), [(None, "0009"), ("0009", "head")])
def test_an_unknown_revision_is_named(home: Path, applied: str | None, target: str) -> None:
    with pytest.raises(UnknownRevision, match="0009"):
        RevisionChain.read(home).plan(of_template(applied), target)


def test_all_revisions_are_rendered_as_sql_without_a_database() -> None:
    revisions = RevisionChain.read().plan({}, "head").revisions

    sql = sql_of(*revisions)

    assert all(f"'{revision.id}'" in sql for revision in revisions)
