"""Commands on the project as a whole: what it is called, and where it comes from."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.running import exit_on_expected_error

_ROOT = Path(__file__).parents[1]
_AFTERWARDS = (
    "Next: look at `git diff`, run `make check`, and put a picture of yours into FE/public."
)


def rename(
    name: Annotated[str, typer.Argument(help="As people read it, a capital first.")],
    *,
    project: Annotated[Path, typer.Option(help="The project; by default this one.")] = _ROOT,
) -> None:
    """Give the product a name: titles, metrics, image, mails, cookies, front end, documents."""
    from commands.renaming import BadName, Name
    from commands.renaming import rename as write_name

    with exit_on_expected_error(BadName):
        changed = write_name(project.resolve(), Name(name))
    if not changed:
        typer.echo(f"It is called {name} already.")
        return
    tidy(project)
    typer.echo(f"Wrote {name} to {len(changed)} files. {_AFTERWARDS}")


def tidy(project: Path) -> None:
    """Format what has got longer or shorter lines, with the formatters that are installed."""
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        subprocess.run([ruff, "format", "--quiet"], cwd=project, check=True)  # noqa: S603 - ours
    prettier, node = project / "FE/node_modules/.bin/prettier", shutil.which("node")
    if prettier.exists() and node:
        command = [node, str(prettier), "--log-level", "warn", "--write", "."]
        subprocess.run(command, cwd=project / "FE", check=True)  # noqa: S603 - ours
