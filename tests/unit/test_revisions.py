"""The files of revisions are one chain, or refused in one sentence."""

from pathlib import Path

import pytest

from migrations.revisions import RevisionChain, RevisionConflict, UnknownRevision
from migrations.runner import sql_of


def write(directory: Path, file: str, revision: str | None, parent: object) -> None:
    number = "" if revision is None else f"revision = {revision!r}\n"
    (directory / file).write_text(f'"""{file}"""\n{number}down_revision = {parent!r}\n')


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    write(tmp_path, "0001_first.py", "0001", None)
    write(tmp_path, "0002_second.py", "0002", "0001")
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
def test_files_that_are_no_chain_are_named(
    versions: Path, added: list[tuple[str, str | None, object]], named: list[str]
) -> None:
    for file, revision, parent in added:
        write(versions, file, revision, parent)

    with pytest.raises(RevisionConflict) as refused:
        RevisionChain.read(versions)

    sentence = str(refused.value)
    assert all(name in sentence for name in named)
    assert "\n" not in sentence


def test_what_an_editor_leaves_is_no_revision(versions: Path) -> None:
    for name in (".#0002_second.py", "0002_second.py~", "__init__.py", "0002_second.py.orig"):
        (versions / name).write_text("revision = '0002'\ndown_revision = '0001'\n")

    assert RevisionChain.read(versions).newest == "0002"


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
    versions: Path, applied: str | None, target: str, expected: tuple[list[str], bool]
) -> None:
    plan = RevisionChain.read(versions).plan(applied, target)

    assert ([revision.id for revision in plan.revisions], plan.is_upgrade) == expected


@pytest.mark.parametrize(("applied", "target"), [(None, "0009"), ("0009", "head")])
def test_an_unknown_revision_is_named(versions: Path, applied: str | None, target: str) -> None:
    with pytest.raises(UnknownRevision, match="0009"):
        RevisionChain.read(versions).plan(applied, target)


def test_all_of_ours_are_written_as_sql_without_a_database() -> None:
    revisions = RevisionChain.read().plan(None, "head").revisions

    sql = sql_of(*revisions)

    assert all(f"'{revision.id}'" in sql for revision in revisions)
