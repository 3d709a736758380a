import re
from typing import Annotated

import typer

from commands.running import exit_on_expected_error


def new_migration(
    title: Annotated[str, typer.Argument(help='What it does: "Task reminders".')],
    *,
    template: Annotated[
        bool, typer.Option("--template", help="For who develops the template, not a project.")
    ] = False,
) -> None:
    """Write the file of a migration, empty and with the next number, in migrations/team/."""
    from migrations.lanes import HOME, TEAM, TEMPLATE
    from migrations.new import write_revision
    from migrations.revisions import RevisionConflict

    if not re.search(r"[a-z0-9]", title, re.IGNORECASE) or '"' in title or "\\" in title:
        raise typer.BadParameter("Write a few words, without quotes.", param_hint="TITLE")
    with exit_on_expected_error(RevisionConflict):
        file = write_revision(title, lane=TEMPLATE if template else TEAM)
    typer.echo(f"Wrote {file.relative_to(HOME.parent)}: fill in upgrade and downgrade.")
