"""The command line. ``python manage.py --help`` lists it."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Annotated
from urllib.parse import urlsplit

import typer

from BE.core.embedded import EmbeddedPostgresError, embedded_postgres
from BE.core.exceptions import UnavailableError
from BE.core.server import PortTaken, listen, run, stopped_by_signal
from config import InvalidConfiguration, Settings, load_settings

_FAULTS = (InvalidConfiguration, EmbeddedPostgresError, PortTaken)

cli = typer.Typer(
    help="Bounded's command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


tasks = typer.Typer(help="Tasks.", no_args_is_help=True)
cli.add_typer(tasks, name="tasks")


@cli.command()
def serve(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; WEB_CONCURRENCY otherwise.")
    ] = None,
) -> None:
    """Serve the API; outside production with its own PostgreSQL unless DATABASE_URL is set."""
    with _told_in_one_sentence(), stopped_by_signal():
        settings = load_settings()
        with listen(settings.host, settings.port) as listener, _database(settings) as dsn:
            os.environ["DATABASE_URL"] = dsn  # for the application, in whatever process it runs
            run(
                "main:create_app",
                listener=listener,
                workers=workers or settings.web_concurrency or 1,
                announce=lambda: typer.echo(_banner(settings)),
            )


@cli.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision, `head` or `base`.")] = "head",
) -> None:
    """Bring the database's schema to a revision."""
    from migrations.runner import Schema, UnknownRevision

    with _told_in_one_sentence(UnknownRevision, UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with _database(settings) as dsn:
            asyncio.run(Schema(dsn).migrate(to))
    typer.echo(f"The database is at {to}.")


@tasks.command()
def purge_trash() -> None:
    """Delete for good what was moved to the trash 30 days ago."""
    from container import Container

    async def purge(settings: Settings) -> int:
        container = Container(settings=settings)
        async with container.database():
            return await container.task_service().empty_trash()

    with _told_in_one_sentence(UnavailableError), stopped_by_signal(exit_code=1):
        settings = load_settings()
        with _database(settings) as dsn:
            purged = asyncio.run(purge(settings.model_copy(update={"database_url": dsn})))
    typer.echo(f"{purged} tasks were deleted for good.")


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from container import Container
    from main import create_app

    with _told_in_one_sentence():
        app = create_app(Container(settings=load_settings()))
    typer.echo(json.dumps(app.openapi(), indent=2))


def _database(settings: Settings) -> AbstractContextManager[str]:
    if settings.database_url is not None:
        return nullcontext(settings.database_url)
    return embedded_postgres(settings.data_dir)


def _banner(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    if settings.database_url is None:
        data = f"{settings.data_dir.resolve()} (an embedded PostgreSQL)"
    else:
        data = f"PostgreSQL at {urlsplit(settings.database_url).hostname}"
    lines = [f"Bounded serves on  {address}/api/v1", f"its data           {data}"]
    if not settings.is_production:
        lines.insert(1, f"its documentation  {address}/docs")
    return "\n  ".join(["", *lines, "", "Ctrl-C stops it.", ""])


@contextmanager
def _told_in_one_sentence(*expected: type[Exception]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not isinstance(error, _FAULTS + expected):
            raise
        cause = f" ({error.__cause__})." if error.__cause__ else ""
        typer.echo(f"{error}{cause}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    cli()
