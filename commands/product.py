"""Commands on the project as a whole: its name, and the template that it began with."""

from pathlib import Path
from typing import Annotated

import typer

from commands.running import exit_on_expected_error

_ROOT = Path(__file__).parents[1]


def rename(
    name: Annotated[str, typer.Argument(help="As people read it, a capital first.")],
    *,
    project: Annotated[Path, typer.Option(help="The project; by default this one.")] = _ROOT,
) -> None:
    """Give the product a name: titles, metrics, image, mails, front end, documents."""
    from commands.renaming import BadName, Name
    from commands.renaming import rename as write_name
    from commands.tidying import tidy

    here = project.resolve()
    with exit_on_expected_error(BadName):
        changed = write_name(here, Name(name))
    if not changed:
        typer.echo(f"It is called {name} already.")
        return
    tidy(changed, project=here, tools=here)
    typer.echo(f"Wrote {name} to {len(changed)} files: look at `git diff` and run `make check`.")


def upgrade(
    release: Annotated[str, typer.Argument(help="A tag of the template, such as v0.3.0.")],
    *,
    source: Annotated[str, typer.Option(help="A remote or a repository of it.")] = "template",
    old: Annotated[str | None, typer.Option("--from", help="By default that merged last.")] = None,
) -> None:
    """Merge a release of the template into this project, without committing: docs/upgrading.md."""
    from commands.upgrading import CannotUpgrade, Project
    from commands.upgrading import upgrade as merge_release

    with exit_on_expected_error(CannotUpgrade):
        merge_release(Project(_ROOT), source=source, old=old, new=release)
