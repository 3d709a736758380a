import sys
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
    as_json: AsJson = False,
) -> None:
    """Verify that no entry was changed, moved or removed; print the trail's head.

    What was cut off the end shows only against a head that was kept elsewhere.
    """
    from BE.modules.audit.models import Head

    try:
        kept = Head.parse(expect) if expect is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expect") from None

    found = on_container(lambda container: container.audit_service().verify(kept))
    if as_json:
        told = {"is_whole": found.is_whole, "entries": found.head.sequence, "head": str(found.head)}
        print_json(told | {"fault": found.fault})
    elif found.fault is None:
        typer.echo(f"The audit trail is whole. Its head, to keep elsewhere:\n{found.head}")
    else:
        typer.echo(found.fault, err=True)
    if not found.is_whole:
        sys.exit(1)
