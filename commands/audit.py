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
        typer.Option(metavar="SEQUENCE:HASH", help="A head that was printed earlier."),
    ] = None,
    archive: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="An archive, once for each: all there are."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that no entry was changed, moved or removed; print the trail's head.

    It begins at the last seal, or with --archive at the first entry that ever was. What was cut
    off the end shows only against a head that was kept elsewhere.
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
        told = {"is_whole": found.is_whole, "entries": found.head.sequence, "head": str(found.head)}
        print_json(told | {"fault": found.fault})
    elif found.fault is None:
        typer.echo(f"The audit trail is whole. Its head, to keep elsewhere:\n{found.head}")
    else:
        typer.echo(found.fault, err=True)
    if not found.is_whole:
        sys.exit(1)


@audit.command()
def archive(
    file: Path,
    *,
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="A day, in UTC; its entries stay.")
    ],
    as_json: AsJson = False,
) -> None:
    """Move the oldest entries to FILE, and keep a seal by which both are verified.

    What is interrupted goes on when the same command is run again.
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
            f"{file} holds {count} entries, up to {seal.head.sequence}, which have left the"
            f" database.\nKeep it elsewhere. Its SHA-256:\n{seal.digest.hex()}"
        )
