"""Backups that the service makes on a schedule."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.wiring.core import CORE
from commands import backup
from commands.backup_file import unpacked
from commands.backup_seals import BackupSeals
from commands.examinations import Caution
from commands.scheduled_backups import examine_backups, require_program
from config import InvalidConfiguration, Settings
from tests.support.application import AppFactory
from tests.support.client import client_of
from tests.support.events import eventually

YEARLY = "0 0 1 1 *"


async def tick(app: FastAPI) -> None:
    """Advance the schedule by a year."""
    await app.state.container.objects_of(CORE).job_schedule.tick()
    database: Database = app.state.container.database()
    await database.execute("UPDATE jobs.schedule SET last_tick = last_tick - interval '366 days'")
    await app.state.container.objects_of(CORE).job_schedule.tick()


async def wait_until_ended(app: FastAPI) -> tuple[Any, ...]:
    """Return the job's state, attempts and whether it awaits an operator; retries run at once."""
    database: Database = app.state.container.database()

    async def has_ended() -> bool:
        await database.execute("UPDATE jobs.job SET due_at = now() WHERE state = 'queued'")
        return bool(
            await database.fetchval(
                "SELECT EXISTS (SELECT FROM jobs.job WHERE ended_at IS NOT NULL)"
            )
        )

    await eventually(has_ended)
    return tuple(
        await database.fetchrow("SELECT state, attempts, expires_at IS NULL FROM jobs.job")
    )


@contextmanager
def no_programs() -> Iterator[None]:
    """A machine without PostgreSQL's client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "_candidates", lambda _: iter(()))
        yield


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "backups"
    directory.mkdir()
    return directory


def files_in(directory: Path) -> set[Path]:
    return set(directory.iterdir())


async def test_a_tick_makes_a_backup_and_removes_the_oldest(
    build_app: AppFactory, own_dsn: str, base_settings: Settings, directory: Path
) -> None:
    old = [directory / f"2020010{day}T020000Z.backup" for day in (1, 2)]
    own = directory / "before-the-upgrade.backup"
    for file in (*old, own):
        file.touch()
    options = {"backup_cron": YEARLY, "backup_dir": directory, "backup_keep": 2}
    async with build_app(database_url=own_dsn, **options) as app, client_of(app):
        await tick(app)
        end = await wait_until_ended(app)

    [kept, newest] = sorted(files_in(directory) - {own})
    with unpacked(newest, BackupSeals(base_settings.keys)) as opened:
        assert opened.is_own
        assert opened.manifest.rows["auth.account"] == 0
    assert end[0] == "done"
    assert kept == old[1]
    assert own.exists()


async def test_a_failed_backup_removes_nothing_and_awaits_an_operator(
    build_app: AppFactory, own_dsn: str, directory: Path
) -> None:
    """Dead jobs raise an alarm."""
    (directory / "20200101T020000Z.backup").touch()
    options = {"backup_cron": YEARLY, "backup_dir": directory, "backup_keep": 1}
    async with build_app(database_url=own_dsn, **options) as app, client_of(app) as client:
        with no_programs():
            await tick(app)
            end = await wait_until_ended(app)
        health = (await client.get("/health")).json()

    assert end == ("failed", 3, True)
    assert health["checks"]["jobs"]["dead"] == 1
    assert [file.name for file in files_in(directory)] == ["20200101T020000Z.backup"]


async def test_without_a_schedule_no_backup_is_made(build_app: AppFactory, own_dsn: str) -> None:
    async with build_app(database_url=own_dsn) as app:
        handlers = app.state.container.job_handlers()

        assert "backup" not in {handler.kind for handler in handlers.all}
        assert handlers.recurring == ()


async def test_the_service_does_not_start_without_pg_dump(
    own_dsn: str, base_settings: Settings
) -> None:
    settings = base_settings.model_copy(update={"backup_cron": YEARLY})
    await require_program(settings, own_dsn)
    with no_programs():
        await require_program(base_settings, own_dsn)
        with pytest.raises(InvalidConfiguration, match=r"^BACKUP_CRON .* pg_dump .* is needed"):
            await require_program(settings, own_dsn)


async def test_the_doctor_reports_a_missing_backup(
    own_dsn: str, base_settings: Settings, directory: Path
) -> None:
    changes = {"backup_cron": "0 * * * *", "backup_dir": directory, "database_url": own_dsn}
    settings = base_settings.model_copy(update=changes)
    with pytest.raises(Caution, match="There is none"):
        await examine_backups(settings)
    (directory / f"{datetime.now(UTC) - timedelta(hours=3):%Y%m%dT%H%M%SZ}.backup").touch()
    with pytest.raises(Caution, match="another was due"):
        await examine_backups(settings)
    (directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup").touch()

    assert "The newest in" in await examine_backups(settings)
