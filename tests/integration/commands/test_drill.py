"""A drill restores a backup as after a disaster, and leaves nothing behind."""

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
    """An installation with a user and entries in the audit trail."""
    async with fresh_database(server, migrated) as dsn:
        await sign_up_and_audit(build_app, dsn)
        yield base_settings.model_copy(update={"database_url": dsn})


async def sign_up_and_audit(build_app: AppFactory, dsn: str) -> None:
    async with build_app(database_url=dsn) as app, client_of(app) as client:
        await sign_up(client)

        async def is_audited() -> bool:
            return await count_entries(dsn) > 0

        await eventually(is_audited)


async def count_entries(dsn: str) -> int:
    async with connected(dsn) as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM audit.entry")
    return count


async def databases(dsn: str) -> set[str]:
    async with connected(dsn) as connection:
        return {name for (name,) in await connection.fetch("SELECT datname FROM pg_database")}


async def save_backup(settings: Settings, file: Path) -> Path:
    seals = BackupSeals(settings.keys)
    await back_up(settings.database_url or "", file, seals, omitted=PASSING)
    return file


async def test_a_backup_is_restored_into_a_temporary_database_that_is_dropped(
    live: Settings, tmp_path: Path
) -> None:
    file = await save_backup(live, tmp_path / "backup")
    dsn = live.database_url or ""
    before = await databases(dsn)
    started = datetime.now(UTC)

    found = await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(dsn) == before
    assert found.rows["auth.account"] == 1
    assert found.revisions == 0
    assert found.head.sequence == await count_entries(dsn)
    assert found.newest_change is not None
    assert found.newest_change <= found.saved_until <= started
    assert found.lost_changes == 0
    assert found.lost >= datetime.now(UTC) - started - timedelta(seconds=1)
    assert set(found.seconds) == {"restore", "migrate", "verify"}
    assert "can be restored" in described(found)


async def test_a_drill_reports_changes_made_since_the_backup(
    build_app: AppFactory, live: Settings, tmp_path: Path
) -> None:
    file = await save_backup(live, tmp_path / "backup")
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
        file = await save_backup(settings, tmp_path / "backup")

        found = await rehearse_recovery(settings, file, INVARIANTS)

    assert found.revisions >= 5
    assert found.newest_change is None
    assert f"{found.revisions} migrations applied" in described(found)


async def test_a_changed_audit_trail_fails_the_drill(live: Settings, tmp_path: Path) -> None:
    await execute(
        live.database_url or "",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL;"
        " UPDATE audit.entry SET event_name = 'forged' WHERE sequence = 1;"
        " ALTER TABLE audit.entry ENABLE TRIGGER ALL",
    )
    file = await save_backup(live, tmp_path / "backup")
    before = await databases(live.database_url or "")

    with pytest.raises(DrillFailed, match="was restored, but"):
        await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(live.database_url or "") == before


async def test_an_inconsistent_backup_fails_the_drill(live: Settings, tmp_path: Path) -> None:
    await execute(live.database_url or "", "DELETE FROM users.profile")
    file = await save_backup(live, tmp_path / "backup")
    before = await databases(live.database_url or "")

    with pytest.raises(BackupFailed, match="every account has a profile"):
        await rehearse_recovery(live, file, INVARIANTS)

    assert await databases(live.database_url or "") == before


async def test_a_role_without_createdb_gets_the_statement_to_run(dsn: str) -> None:
    await execute(dsn, "CREATE ROLE restricted LOGIN")
    try:
        with pytest.raises(CannotCreateDatabase, match="ALTER ROLE restricted CREATEDB"):
            async with temporary_database(dsn.replace("postgres@", "restricted@", 1)):
                pass
    finally:
        await execute(dsn, "DROP ROLE restricted")


async def test_a_later_drill_drops_the_database_of_a_killed_one(dsn: str) -> None:
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


def test_a_missing_backup_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="There is no backup"):
        newest_backup(tmp_path)
