import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.output import AsJson, print_json
from commands.running import on_container

audit = typer.Typer(help="The audit trail: who did what to whom.", no_args_is_help=True)


@audit.command()
def verify(
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="SEQUENCE:HASH", help="A head that this command printed earlier."),
    ] = None,
    archive: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="An archive file; repeat for every archive there is."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that no entry was changed, moved or removed, and print the trail's head.

    Verifies from the last seal on, or with every --archive from the first entry. Entries that were
    removed from the end are found only with --expect and a head that you kept elsewhere.
    Exits 1 if the trail is not intact.
    """
    from BE.modules.audit.models import Head
    from BE.modules.audit.wiring import CONTEXT as AUDIT

    try:
        kept = Head.parse(expect) if expect is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expect") from None

    found = on_container(
        lambda container: container.objects_of(AUDIT).audit_service.verify(kept, archive or ())
    )
    if as_json:
        print_json(
            {
                "is_whole": found.is_whole,
                "entries": found.head.sequence,
                "head": str(found.head),
                "fault": found.fault,
            }
        )
    elif found.fault is None:
        typer.echo(f"The audit trail is intact. Keep its head elsewhere:\n{found.head}")
    else:
        typer.echo(found.fault, err=True)
    if not found.is_whole:
        sys.exit(1)


@audit.command()
def archive(
    file: Path,
    *,
    before: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="A day in UTC; entries of that day and later stay."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Move the entries before a day to FILE; a seal stays, by which `audit verify` checks both.

    If this is interrupted, run the same command again to continue.
    """
    from BE.modules.audit.exceptions import ArchiveFault
    from BE.modules.audit.wiring import CONTEXT as AUDIT

    day = before.replace(tzinfo=UTC)
    seal = on_container(
        lambda container: container.objects_of(AUDIT).archive_service.archive(day, file),
        ArchiveFault,
    )
    count = seal.head.sequence - seal.before.sequence
    if as_json:
        print_json({"entries": count, "head": str(seal.head), "sha256": seal.digest.hex()})
    else:
        typer.echo(
            f"{count} entries, up to number {seal.head.sequence}, are now in {file} and no longer"
            f" in the database.\nKeep the file elsewhere. Its SHA-256:\n{seal.digest.hex()}"
        )
