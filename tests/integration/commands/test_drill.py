"""A drill recovers from a backup as one would in a disaster, and leaves nothing behind."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from BE.core.database.connections import connected
from commands.backup import back_up
from commands.backup_file import BackupFailed
from commands.backup_seals import BackupSeals
from commands.invariants import INVARIANTS, PASSING
from commands.recovery_drill import DrillFailed, described, newest_backup, rehearse_recovery
from commands.temporary_database import CannotCreateDatabase, temporary_database
from config import Settings
from migrations.runner import Schema
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up
from tests.support.events import eventually
from tests.support.postgres import execute, fresh_database


@pytest.fixture
async def live(
    build_app: AppFactory, server: str, migrated: str, base_settings: Settings
) -> AsyncIterator[Settings]:
    """An installation with a user, whose entries are in the trail."""
    async with fresh_database(server, migrated) as dsn:
        await use(build_app, dsn)
        yield base_settings.model_copy(update={"database_url": dsn})


async def use(build_app: AppFactory, dsn: str) -> None:
    async with build_app(database_url=dsn) as app, client_of(app) as client:
        await sign_up(client)

        async def is_audited() -> bool:
            return await entries(dsn) > 0

        await eventually(is_audited)


async def entries(dsn: str) -> int:
    async with connected(dsn) as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM audit.entry")
    return count


async def databases(dsn: str) -> set[str]:
    async with connected(dsn) as connection:
        return {name for (name,) in await connection.fetch("SELECT datname FROM pg_database")}


async def saved(settings: Settings, file: Path) -> Path:
    seals = BackupSeals(settings.keys)
    await back_up(settings.database_url or "", file, seals, omitted=PASSING)
    return file


async def test_a_backup_is_recovered_beside_and_nothing_stays(
    live: Settings, tmp_path: Path
) -> None:
    file = await saved(live, tmp_path / "backup")
    dsn = live.database_url or ""
    before = await databases(dsn)
    began = datetime.now(UTC)

    found = await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(dsn) == before
    assert found.rows["auth.account"] == 1
    assert found.revisions == 0
    assert found.head.sequence == await entries(dsn)
    assert found.newest_change is not None
    assert found.newest_change <= found.saved_until <= began
    assert found.lost_changes == 0
    assert found.lost >= datetime.now(UTC) - began - timedelta(seconds=1)
    assert set(found.seconds) == {"restore", "migrate", "verify"}
    assert "can be restored" in described(found)


async def test_what_was_done_since_would_be_lost(
    build_app: AppFactory, live: Settings, tmp_path: Path
) -> None:
    file = await saved(live, tmp_path / "backup")
    await execute(
        live.database_url or "",
        """
        INSERT INTO audit.entry (
            sequence, event_id, event_name, event_version, occurred_at, data, hash
        )
        SELECT sequence + 1, gen_random_uuid(), 'a.change', 1, now(), '{}', ''
        FROM audit.head
        """,
    )

    found = await rehearse_recovery(live, file, INVARIANTS)

    assert found.lost_changes == 1
    assert "(1 audited changes)" in described(found)


async def test_a_backup_of_an_earlier_schema_is_migrated(
    server: str, base_settings: Settings, tmp_path: Path
) -> None:
    async with fresh_database(server) as dsn:
        await Schema(dsn).migrate("0025")
        settings = base_settings.model_copy(update={"database_url": dsn})
        file = await saved(settings, tmp_path / "backup")

        found = await rehearse_recovery(settings, file, INVARIANTS)

    assert found.revisions >= 5
    assert found.newest_change is None
    assert f"{found.revisions} migrations applied" in described(found)


async def test_a_trail_that_was_changed_fails_it(live: Settings, tmp_path: Path) -> None:
    await execute(
        live.database_url or "",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL;"
        " UPDATE audit.entry SET event_name = 'forged' WHERE sequence = 1;"
        " ALTER TABLE audit.entry ENABLE TRIGGER ALL",
    )
    file = await saved(live, tmp_path / "backup")
    before = await databases(live.database_url or "")

    with pytest.raises(DrillFailed, match="was restored, but"):
        await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(live.database_url or "") == before


async def test_a_backup_that_does_not_fit_together_fails_it(live: Settings, tmp_path: Path) -> None:
    await execute(live.database_url or "", "DELETE FROM users.profile")
    file = await saved(live, tmp_path / "backup")
    before = await databases(live.database_url or "")

    with pytest.raises(BackupFailed, match="every account has a profile"):
        await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(live.database_url or "") == before


async def test_who_may_not_create_databases_is_told_what_to_do(dsn: str) -> None:
    await execute(dsn, "CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(CannotCreateDatabase, match="ALTER ROLE stranger CREATEDB"):
            async with temporary_database(dsn.replace("postgres@", "stranger@", 1)):
                pass
    finally:
        await execute(dsn, "DROP ROLE stranger")


async def test_what_a_killed_drill_left_is_dropped_by_a_later_one(dsn: str) -> None:
    await execute(dsn, 'CREATE DATABASE "bounded_drill_1000000000_left"')

    async with temporary_database(dsn):
        during = await databases(dsn)

    assert "bounded_drill_1000000000_left" not in during


def test_the_newest_backup_is_the_one_written_last(tmp_path: Path) -> None:
    for age, name in enumerate(("newest", "older", "oldest")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1_000_000 - age,) * 2)
    (tmp_path / ".draft").write_text("being written")

    assert newest_backup(tmp_path) == tmp_path / "newest"
    assert newest_backup(tmp_path / "older") == tmp_path / "older"


def test_where_there_is_no_backup_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="There is no backup"):
        newest_backup(tmp_path)
