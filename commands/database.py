"""Commands on the whole database: migrate, backup, restore."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from BE.core.exceptions import UnavailableError
from BE.core.server.signals import stopped_by_signal
from commands.output import table
from commands.running import database_dsn, exit_on_expected_error, load_settings_without_port

if TYPE_CHECKING:
    from migrations.revisions import Plan


def migrate(
    to: Annotated[str, typer.Option(help="A revision, `head` or `base`.")] = "head",
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only list the revisions that it would apply or undo.")
    ] = False,
) -> None:
    """Migrate the database schema to a revision; to the newest by default."""
    from migrations.revisions import RevisionChain, UnknownRevision
    from migrations.runner import Schema

    with exit_on_expected_error(UnknownRevision, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        RevisionChain.read()  # before a database is started for it
        with database_dsn(settings) as dsn:
            if plan:
                typer.echo(_described(asyncio.run(Schema(dsn).plan(to))))
                return
            asyncio.run(Schema(dsn).migrate(to))
    typer.echo(f"The database is at {to}.")


def backup(file: Path) -> None:
    """Write a consistent copy of all data to FILE. The service can keep running."""
    from commands.backup import back_up
    from commands.backup_file import BackupFailed
    from commands.backup_seals import BackupSeals
    from commands.invariants import PASSING

    with exit_on_expected_error(BackupFailed, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        with database_dsn(settings) as dsn:
            work = back_up(dsn, file, BackupSeals(settings.keys), omitted=PASSING)
            written = asyncio.run(work)
    typer.echo(f"Wrote {_counted(written.rows)} to {file}.")


def restore(
    file: Path,
    *,
    trust_foreign: Annotated[
        bool,
        typer.Option(
            "--trust-foreign",
            help="Restore a FILE that was not written with this JWT_SECRET. This runs the SQL in"
            " FILE with all rights of the database user.",
        ),
    ] = False,
) -> None:
    """Restore FILE into an empty database, then check row counts and consistency.

    A restore runs the SQL in FILE, so FILE must have been written with this JWT_SECRET.
    """
    from commands.backup import restore as restore_from
    from commands.backup_file import BackupFailed
    from commands.backup_seals import BackupSeals
    from commands.invariants import INVARIANTS

    with exit_on_expected_error(BackupFailed, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        with database_dsn(settings) as dsn:
            work = restore_from(
                dsn, file, INVARIANTS, BackupSeals(settings.keys), trusts_foreign=trust_foreign
            )
            restored = asyncio.run(work)
    typer.echo(f"Restored {_counted(restored.rows)}, counted and checked. Next: manage.py migrate")


def _described(plan: "Plan") -> str:
    if not plan.revisions:
        return "There is nothing to do."
    verb = "apply" if plan.is_upgrade else "undo"
    return table(
        [
            (
                verb,
                revision.id,
                revision.title,
                "in a transaction" if revision.is_transactional else "without a transaction",
            )
            for revision in plan.revisions
        ]
    )


def _counted(rows: dict[str, int]) -> str:
    return f"{sum(rows.values())} rows in {len(rows)} tables"
