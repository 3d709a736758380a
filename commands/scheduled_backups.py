"""Backups on the service's own schedule: a job, so one process makes each."""

import asyncio
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from BE.core.durable.retries import Retries
from BE.core.exceptions import UnavailableError
from BE.core.jobs import Every, Job, JobHandlers, Run
from BE.core.wiring.part import Part
from commands.backup import back_up, program_for
from commands.backup_file import BackupFailed
from commands.backup_seals import BackupSeals
from commands.examinations import Caution
from config import InvalidConfiguration, Settings

_NAME = "%Y%m%dT%H%M%SZ.backup"
_OF_SCHEDULE = "[0-9]*T[0-9]*Z.backup"
"""Those to which operators give other names stay."""
_RETRIES = Retries(attempts=3, first=timedelta(minutes=1))
_ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp(Job):
    kind = "backup"


class ScheduledBackups:
    """Writes backups into a directory, and keeps the newest of them."""

    def __init__(
        self, dsn: str, directory: Path, seals: BackupSeals, *, keep: int, omitted: Collection[str]
    ) -> None:
        """``omitted`` are tables whose rows are meaningless in another database."""
        self._dsn = dsn
        self._directory = directory
        self._seals = seals
        self._keep = keep
        self._omitted = omitted

    async def make(self, _: BackUp, run: Run) -> Mapping[str, Any]:
        """Nothing is removed until the new one is complete. Raises :class:`BackupFailed`."""
        run.progress(0, "writing the backup")
        await asyncio.to_thread(self._prepare)
        file = self._directory / datetime.now(UTC).strftime(_NAME)
        manifest = await back_up(self._dsn, file, self._seals, omitted=self._omitted)
        await asyncio.to_thread(self._remove_oldest)
        return {"file": file.name, "rows": sum(manifest.rows.values())}

    def _prepare(self) -> None:
        """Create the directory, and remove drafts of processes that were killed while writing."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        long_ago = (datetime.now(UTC) - _ABANDONED_AFTER).timestamp()
        for draft in self._directory.glob(f".{_OF_SCHEDULE}.*"):
            if draft.stat().st_mtime < long_ago:
                shutil.rmtree(draft, ignore_errors=True)

    def _remove_oldest(self) -> None:
        for old in sorted(self._directory.glob(_OF_SCHEDULE))[: -self._keep]:
            old.unlink(missing_ok=True)


def schedule_backups(handlers: JobHandlers, settings: Settings, parts: Iterable[Part[Any]]) -> None:
    """Make backups on the schedule of ``BACKUP_CRON``, in the processes that work on jobs."""
    if settings.backup_cron is None:
        return
    backups = ScheduledBackups(
        settings.database_url or "",
        settings.backups,
        BackupSeals(settings.keys),
        keep=settings.backup_keep,
        omitted=[table for part in parts for table in part.context.passing],
    )
    handlers.handle(BackUp, backups.make, at_once=1, retries=_RETRIES)
    handlers.every(Every(settings.backup_cron, settings.backup_zone), BackUp())


async def require_program(settings: Settings, dsn: str) -> None:
    """Raise :class:`InvalidConfiguration` if backups are configured and no pg_dump here fits.

    A server that does not answer passes: the job will report the error.
    """
    if settings.backup_cron is None:
        return
    try:
        await program_for("pg_dump", dsn)
    except UnavailableError:
        return
    except BackupFailed as reason:
        raise InvalidConfiguration(f"BACKUP_CRON asks for backups, but {reason}") from None


async def examine_backups(settings: Settings) -> str:
    """Whether the backups that are due are there. Raises :class:`Caution`."""
    if settings.backup_cron is None:
        return "This installation makes none by itself: BACKUP_CRON is not set."
    if settings.run_jobs:
        await require_program(settings, settings.database_url or "")
    newest = newest_of_schedule(settings.backups)
    if newest is None:
        raise Caution(f"There is none in {settings.backups} yet: BACKUP_CRON says when.")
    every = Every(settings.backup_cron, settings.backup_zone)
    due = every.latest(every.latest(datetime.now(UTC)))  # the last one may be under way
    if newest < due:
        raise Caution(
            f"The newest in {settings.backups} is of {newest:%Y-%m-%d %H:%M} UTC, though another"
            f" was due at {due:%Y-%m-%d %H:%M}: see manage.py jobs list."
        )
    return f"The newest in {settings.backups} is of {newest:%Y-%m-%d %H:%M} UTC."


def newest_of_schedule(directory: Path) -> datetime | None:
    """When the newest was begun."""
    names = sorted(file.name for file in directory.glob(_OF_SCHEDULE))
    return datetime.strptime(names[-1], _NAME).replace(tzinfo=UTC) if names else None
