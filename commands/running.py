"""What commands share: the settings, the database, and how they end on an expected error."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import typer

from BE.core.exceptions import DomainError
from BE.core.server.process import PortTaken
from BE.core.server.signals import stopped_by_signal
from BE.core.telemetry.logging import configure_logging
from commands.capacity import TooFewConnections
from commands.embedded import embedded_postgres
from commands.embedded_home import EmbeddedPostgresError
from config import InvalidConfiguration, Settings, load_settings
from migrations.revisions import RevisionConflict

if TYPE_CHECKING:
    from container import Container

_EXPECTED = (
    InvalidConfiguration,
    EmbeddedPostgresError,
    PortTaken,
    RevisionConflict,
    TooFewConnections,
)


@contextmanager
def exit_on_expected_error(*expected: type[Exception]) -> Iterator[None]:
    """Print the message of an error that an operator can mend, without a traceback, and exit 1.

    These are errors of the configuration and of the start, and those of the ``expected`` types.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, _EXPECTED + expected):
            raise
        cause = f" ({error.__cause__})." if error.__cause__ else ""
        typer.echo(f"{error}{cause}", err=True)
        sys.exit(1)


def say(progress: str) -> None:
    """Report progress to a waiting person, apart from the output."""
    typer.echo(progress, err=True)


def load_settings_without_port() -> Settings:
    """The settings of a command that listens nowhere. Raises :class:`InvalidConfiguration`.

    PORT is not validated: Kubernetes may have set it to a service link.
    """
    try:
        return load_settings()
    except InvalidConfiguration:
        return load_settings(port=Settings.model_fields["port"].default)


def database_dsn(settings: Settings) -> AbstractContextManager[str]:
    """The DSN of the configured database, or of the embedded one, which runs during the block."""
    if settings.database_url is not None:
        return nullcontext(settings.database_url)
    return embedded_postgres(settings.data_dir)


def on_container[T](work: Callable[["Container"], Awaitable[T]], *expected: type[Exception]) -> T:
    """Run ``work`` on a container whose database is open, and return its result."""
    from container import Container, subscribe

    async def run(settings: Settings) -> T:
        container = Container(settings=settings)
        subscribe(container)
        await container.schema().require_current()
        async with container.database():
            return await work(container)

    with exit_on_expected_error(DomainError, *expected), stopped_by_signal(exit_code=1):
        settings = load_settings_without_port()
        configure_logging(style="console", level="ERROR")
        with database_dsn(settings) as dsn:
            return asyncio.run(run(settings.model_copy(update={"database_url": dsn})))
