"""The team's revisions: each follows the template's revision that it names."""

from pathlib import Path

import pytest

from commands.upgrading import move_migrations
from migrations.applying import sql_of
from migrations.lanes import TEAM, TEMPLATE
from migrations.new import Place, next_place, write_revision
from migrations.revisions import Applied, RevisionChain, RevisionConflict


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """t0001 follows 0001; a release added 0002; t0002 follows that."""
    for lane in (TEMPLATE, TEAM, TEMPLATE, TEAM):
        write_revision("Of a test", lane=lane, home=tmp_path)
    return tmp_path


ORDER = ["0001", "t0001", "0002", "t0002"]


@pytest.mark.parametrize(
    ("applied", "target", "expected"),
    [
        ({}, "head", ORDER),
        ({TEMPLATE: "0002"}, "head", ["t0001", "t0002"]),
        ({TEMPLATE: "0001", TEAM: "t0001"}, "head", ["0002", "t0002"]),
        ({TEMPLATE: "0002", TEAM: "t0001"}, "t0002", ["t0002"]),
        ({}, "0002", ["0001", "t0001", "0002"]),
        ({TEMPLATE: "0002", TEAM: "t0002"}, "head", []),
        ({TEMPLATE: "0002", TEAM: "t0002"}, "base", ORDER[::-1]),
        ({TEMPLATE: "0002", TEAM: "t0002"}, "0001", ["t0002", "0002", "t0001"]),
        ({TEMPLATE: "0002", TEAM: "t0001"}, "t0001", ["0002"]),
    ],
)
def test_a_plan_goes_through_both_lanes(
    home: Path, applied: Applied, target: str, expected: list[str]
) -> None:
    plan = RevisionChain.read(home).plan(applied, target)

    assert [revision.id for revision in plan.revisions] == expected


@pytest.mark.parametrize(
    ("applied", "is_behind"),
    [
        ({}, True),
        ({TEMPLATE: "0002"}, True),
        ({TEAM: "t0002"}, True),
        ({TEMPLATE: "0002", TEAM: "t0001"}, True),
        ({TEMPLATE: "0001", TEAM: "t0002"}, True),
        ({TEMPLATE: "0002", TEAM: "t0002"}, False),
        ({TEMPLATE: "0003", TEAM: "t0003"}, False),
        ({TEMPLATE: "0003", TEAM: "t0001"}, True),
    ],
)
def test_both_heads_are_required(home: Path, applied: Applied, is_behind: bool) -> None:  # noqa: FBT001 - a parameter
    assert RevisionChain.read(home).is_behind(applied) == is_behind


def test_a_lane_without_revisions_is_not_required(tmp_path: Path) -> None:
    write_revision("Of a test", lane=TEMPLATE, home=tmp_path)

    assert not RevisionChain.read(tmp_path).is_behind({TEMPLATE: "0001"})


def test_each_lane_has_its_own_numbers(home: Path) -> None:
    assert next_place(TEMPLATE, home) == Place("0003", "0002", None)
    assert next_place(TEAM, home) == Place("t0003", "t0002", "0002")


def test_a_written_revision_contains_its_sql(home: Path) -> None:
    file = write_revision(
        "Notes, with colours",
        upgrade=["CREATE TABLE notes.note (colour text)"],
        downgrade=["DROP TABLE notes.note"],
        home=home,
    )

    assert file == home / "team/t0003_notes_with_colours.py"
    *_, last = RevisionChain.read(home).plan({}, "head").revisions
    assert last.title == "Notes, with colours"
    sql = sql_of(last)
    assert "CREATE TABLE notes.note (colour text)" in sql
    assert "UPDATE alembic_version_of_team SET version_num='t0003'" in sql


@pytest.mark.parametrize(
    ("revision", "after", "reason"),
    [
        ("0003", "0002", "release of the template may take"),
        ("t0003", None, "has no `after`"),
        ("t0003", "0009", "comes after 0009, which is not there"),
        ("t0002", "0002", "have the same revision, t0002"),
    ],
)
def test_an_invalid_file_is_named(
    home: Path, revision: str, after: str | None, reason: str
) -> None:
    (home / "team" / "mine.py").write_text(
        f"revision = {revision!r}\ndown_revision = 't0002'\nafter = {after!r}\n"
    )

    with pytest.raises(RevisionConflict, match=reason) as refused:
        RevisionChain.read(home)

    assert "mine.py" in str(refused.value)


class TestMovedFromTheTemplatesLane:
    """The team added 0002 and 0003 before it had a lane; a release adds another 0002."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        for _ in range(3):
            write_revision("Of a test", lane=TEMPLATE, home=tmp_path)
        second, third = sorted((tmp_path / "versions").glob("000[23]*.py"))
        move_migrations(tmp_path, [second, third])
        write_revision("Of a release", lane=TEMPLATE, home=tmp_path)
        return tmp_path

    def test_moved_revisions_keep_their_place(self, home: Path) -> None:
        plan = RevisionChain.read(home).plan({}, "head")

        assert [revision.id for revision in plan.revisions] == ["0001", "t0001", "t0002", "0002"]

    @pytest.mark.parametrize(
        ("applied", "moved"),
        [
            ({}, {}),
            ({TEMPLATE: "0001"}, {TEMPLATE: "0001"}),
            ({TEMPLATE: "0002"}, {TEMPLATE: "0001", TEAM: "t0001"}),
            ({TEMPLATE: "0003"}, {TEMPLATE: "0001", TEAM: "t0002"}),
            ({TEMPLATE: "0002", TEAM: "t0002"}, {TEMPLATE: "0002", TEAM: "t0002"}),
        ],
    )
    def test_old_numbers_in_a_database_are_translated(
        self, home: Path, applied: Applied, moved: Applied
    ) -> None:
        assert RevisionChain.read(home).moved(applied) == moved
