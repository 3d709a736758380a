"""The database as a whole: its schema, and a copy of it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from BE.core.exceptions import UnavailableError
from BE.core.server.signals import stopped_by_signal
from commands.running import database_dsn, told_in_one_sentence
from config import load_settings


def migrate(
    to: Annotated[str, typer.Option(help="A revision, `head` or `base`.")] = "head",
) -> None:
    """Bring the database's schema to a revision."""
    from migrations.runner import Schema, UnknownRevision

    with told_in_one_sentence(UnknownRevision, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with database_dsn(settings) as dsn:
            asyncio.run(Schema(dsn).migrate(to))
    typer.echo(f"The database is at {to}.")


def backup(file: Path) -> None:
    """Write all data to FILE, as they are at one moment; the service may go on."""
    from commands.backup import back_up
    from commands.backup_file import BackupFailed
    from commands.backup_seals import BackupSeals

    with told_in_one_sentence(BackupFailed, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with database_dsn(settings) as dsn:
            written = asyncio.run(back_up(dsn, file, BackupSeals(settings.keys)))
    typer.echo(f"{file} holds {_counted(written.rows)}.")


def restore(
    file: Path,
    *,
    trust_foreign: Annotated[
        bool,
        typer.Option(
            "--trust-foreign",
            help="Restore a FILE that was not written with this JWT_SECRET. It runs the SQL in"
            " FILE with all rights of the database's user.",
        ),
    ] = False,
) -> None:
    """Fill an empty database from FILE, count what is there, and check that it fits together.

    A restore runs the SQL in FILE, so only what was written with this JWT_SECRET is restored.
    """
    from commands.backup import restore as restore_from
    from commands.backup_file import BackupFailed
    from commands.backup_seals import BackupSeals
    from migrations.invariants import INVARIANTS

    with told_in_one_sentence(BackupFailed, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with database_dsn(settings) as dsn:
            work = restore_from(
                dsn, file, INVARIANTS, BackupSeals(settings.keys), trusts_foreign=trust_foreign
            )
            restored = asyncio.run(work)
    typer.echo(f"Restored {_counted(restored.rows)}, counted and checked. Next: manage.py migrate")


def _counted(rows: dict[str, int]) -> str:
    return f"{sum(rows.values())} rows in {len(rows)} tables"
