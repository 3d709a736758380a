import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from BE.core.exceptions import UnavailableError
from BE.core.server.signals import stopped_by_signal
from BE.core.telemetry.logging import configure_logging
from commands.output import AsJson, print_json
from commands.running import database_dsn, exit_on_expected_error, load_settings_without_port


def drill(
    place: Annotated[
        Path | None,
        typer.Argument(help="A backup, or the directory of them. By default BACKUP_DIR."),
    ] = None,
    *,
    most_hours: Annotated[
        float | None,
        typer.Option(
            min=0, help="Fail if more than so many hours would be lost: backups have stopped."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore the newest backup beside the database, check it, and report what would be lost.

    The database in use is only read. The copy is dropped afterwards. Exits 1 with a sentence if the
    backup would not save you.
    """
    from commands.backup_file import BackupFailed
    from commands.invariants import INVARIANTS
    from commands.recovery_drill import (
        DrillFailed,
        described,
        newest_backup,
        rehearse_recovery,
    )
    from commands.recovery_drill import as_json as facts
    from commands.temporary_database import CannotCreateDatabase

    expected = (BackupFailed, DrillFailed, CannotCreateDatabase, UnavailableError)
    with exit_on_expected_error(*expected), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        configure_logging(style="console", level="ERROR")
        file = newest_backup(place or settings.backups)
        with database_dsn(settings) as dsn:
            here = settings.model_copy(update={"database_url": dsn})
            found = asyncio.run(rehearse_recovery(here, file, INVARIANTS))
        if as_json:
            print_json(facts(found))
        else:
            typer.echo(described(found))
        if most_hours is not None and found.lost > timedelta(hours=most_hours):
            raise DrillFailed(
                f"{file} is too old: {found.lost.total_seconds() / 3600:.1f} hours would be lost,"
                f" and {most_hours:g} are allowed."
            )
