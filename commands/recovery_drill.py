"""Recovers from a backup beside the database in use, and measures the cost."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from BE.core.database.connections import connected
from BE.modules.audit.models import Head
from BE.modules.audit.wiring import CONTEXT as AUDIT
from commands.backup import restore
from commands.backup_file import BackupFailed, Manifest
from commands.backup_seals import BackupSeals
from commands.temporary_database import temporary_database
from config import Settings
from container import Container
from migrations.runner import Schema

_NO_SUCH_TABLE = "42P01"


class DrillFailed(Exception):
    """The backup would be useless; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The result of a drill."""

    file: Path
    rows: Mapping[str, int]
    revisions: int
    """How many migrations brought it up to this version."""
    head: Head
    """The head of its audit trail, which is intact."""
    saved_until: datetime
    """Later changes are not in it."""
    newest_change: datetime | None
    lost_changes: int | None
    """How many the database in use has; ``None`` if it has no trail."""
    lost: timedelta
    seconds: Mapping[str, float]


def newest_backup(place: Path) -> Path:
    """``place``, or the file in it that was written last. Raises :class:`BackupFailed`."""
    if not place.is_dir():
        return place
    files = [file for file in place.iterdir() if file.is_file() and not file.name.startswith(".")]
    if not files:
        raise BackupFailed(f"There is no backup in {place}: write one with `manage.py backup`.")
    return max(files, key=lambda file: file.stat().st_mtime)


class Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._began = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name], self._began = now - self._began, now


async def rehearse_recovery(
    settings: Settings, file: Path, invariants: Mapping[str, str]
) -> Recovered:
    """Restore ``file`` beside, migrate and verify it, as one would in a disaster.

    Raises :class:`BackupFailed`, :class:`DrillFailed` and :class:`CannotCreateDatabase`.
    """
    dsn, watch = settings.database_url or "", Stopwatch()
    async with temporary_database(dsn) as beside:
        manifest = await restore(beside, file, invariants, BackupSeals(settings.keys))
        watch.lap("restore")
        schema = Schema(beside)
        revisions = len((await schema.plan()).revisions)
        await schema.migrate()
        watch.lap("migrate")
        head = await _verified_head(settings.model_copy(update={"database_url": beside}))
        newest = await _newest_change(beside)
        watch.lap("verify")
    saved_until = _saved_until(manifest, newest, file)
    return Recovered(
        file=file,
        rows=manifest.rows,
        revisions=revisions,
        head=head,
        saved_until=saved_until,
        newest_change=newest,
        lost_changes=await _changes_after(dsn, head.sequence),
        lost=datetime.now(UTC) - saved_until,
        seconds=watch.laps,
    )


async def _verified_head(settings: Settings) -> Head:
    container = Container(settings=settings)
    async with container.database():
        verdict = await container.objects_of(AUDIT).audit_service.verify()
    if verdict.fault is not None:
        raise DrillFailed(f"The backup was restored, but {_lowered(verdict.fault)}")
    return verdict.head


async def _newest_change(dsn: str) -> datetime | None:
    async with connected(dsn) as connection:
        newest: datetime | None = await connection.fetchval(
            """
            SELECT max(occurred_at)
            FROM (
                SELECT occurred_at FROM events.event
                UNION ALL
                SELECT occurred_at FROM audit.entry
            ) AS changes
            """
        )
    return newest


async def _changes_after(dsn: str, sequence: int) -> int | None:
    async with connected(dsn) as connection:
        try:
            count: int = await connection.fetchval(
                "SELECT count(*) FROM audit.entry WHERE sequence > $1", sequence
            )
        except Exception as error:
            if getattr(error, "sqlstate", None) != _NO_SUCH_TABLE:
                raise
            return None
    return count


def _saved_until(manifest: Manifest, newest: datetime | None, file: Path) -> datetime:
    if manifest.taken_at is not None:
        return datetime.fromisoformat(manifest.taken_at)
    # one of an earlier release records its newest change, and the file when it was written
    return newest or datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def described(found: Recovered) -> str:
    """For people: what was done, what would be lost, how long it took."""
    applied = f", {found.revisions} migrations applied" if found.revisions else ""
    since = "" if found.lost_changes is None else f" ({found.lost_changes} audited changes)"
    newest = (
        "" if found.newest_change is None else f", its newest change {_at(found.newest_change)}"
    )
    counted = f"{sum(found.rows.values())} rows in {len(found.rows)} tables"
    laps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found.seconds.items())
    return "\n".join(
        (
            f"{found.file} can be restored: {counted}, counted and checked{applied}.",
            f"The audit trail in it is intact up to entry {found.head.sequence}.",
            f"It holds all until {_at(found.saved_until)}{newest}.",
            f"What {_length(found.lost)} have brought since would be lost{since}.",
            f"It took {sum(found.seconds.values()):.1f} s: {laps}.",
        )
    )


def as_json(found: Recovered) -> dict[str, Any]:
    return {
        "file": str(found.file),
        "rows": sum(found.rows.values()),
        "migrations": found.revisions,
        "audit_head": str(found.head),
        "saved_until": found.saved_until,
        "newest_change": found.newest_change,
        "lost_seconds": round(found.lost.total_seconds()),
        "lost_changes": found.lost_changes,
        "seconds": {name: round(seconds, 3) for name, seconds in found.seconds.items()},
    }


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _length(time: timedelta) -> str:
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s"
