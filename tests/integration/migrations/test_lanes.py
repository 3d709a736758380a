"""A database with migrations of both lanes."""

import pytest

from BE.core.database.connections import connected
from commands.upgrading import move_migrations
from migrations.lanes import TEAM
from migrations.runner import NotMigrated, Schema
from tests.support.versions import Versions

MIGRATION = 'op.execute("CREATE TABLE public.of_a_team (id integer PRIMARY KEY)")'


async def tables(dsn: str) -> set[str]:
    async with connected(dsn) as connection:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
    return {row["table_name"] for row in rows}


async def test_the_lane_of_the_team_is_applied_to_an_old_database(
    empty_dsn: str, versions: Versions
) -> None:
    before = Schema(empty_dsn, versions.home)
    await before.migrate()
    versions.add("t9001", MIGRATION, TEAM)
    schema = Schema(empty_dsn, versions.home)

    with pytest.raises(NotMigrated):
        await schema.require_current()
    await schema.migrate()

    await schema.require_current()
    assert "of_a_team" in await tables(empty_dsn)


async def test_the_previous_release_reads_one_revision_of_its_own_lane(
    empty_dsn: str, versions: Versions
) -> None:
    versions.add("t9001", MIGRATION, TEAM)

    await Schema(empty_dsn, versions.home).migrate()

    async with connected(empty_dsn) as connection:
        applied = await connection.fetch("SELECT version_num FROM alembic_version")
    assert len(applied) == 1
    assert not applied[0]["version_num"].startswith("t")


async def test_a_newer_migration_of_the_team_does_not_stop_this_release(
    empty_dsn: str, versions: Versions
) -> None:
    older = Schema(empty_dsn)
    versions.add("t9001", MIGRATION, TEAM)

    await Schema(empty_dsn, versions.home).migrate()

    await older.require_current()


async def test_a_team_migration_moved_to_its_lane_is_not_applied_again(
    empty_dsn: str, versions: Versions
) -> None:
    versions.add("9001", MIGRATION)
    await Schema(empty_dsn, versions.home).migrate()
    move_migrations(versions.home, [versions.home / "versions/9001_of_a_test.py"])
    versions.add("9001", 'op.execute("CREATE TABLE public.of_a_release (id integer)")')
    schema = Schema(empty_dsn, versions.home)

    with pytest.raises(NotMigrated):
        await schema.require_current()
    assert [revision.id for revision in (await schema.plan()).revisions] == ["9001"]
    await schema.migrate()

    await schema.require_current()
    assert {"of_a_team", "of_a_release"} <= await tables(empty_dsn)
