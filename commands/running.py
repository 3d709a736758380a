"""What commands need to run: the configuration, its database, and how a failure is told."""

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

if TYPE_CHECKING:
    from container import Container

_FAULTS = (InvalidConfiguration, EmbeddedPostgresError, PortTaken, TooFewConnections)


@contextmanager
def told_in_one_sentence(*expected: type[Exception]) -> Iterator[None]:
    """Exit with 1 and the message of a fault of the configuration, or of an ``expected`` one."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, _FAULTS + expected):
            raise
        cause = f" ({error.__cause__})." if error.__cause__ else ""
        typer.echo(f"{error}{cause}", err=True)
        sys.exit(1)


def database_dsn(settings: Settings) -> AbstractContextManager[str]:
    """The DSN of the configured database, or of the embedded one, which runs for the block."""
    if settings.database_url is not None:
        return nullcontext(settings.database_url)
    return embedded_postgres(settings.data_dir)


def on_container[T](work: Callable[["Container"], Awaitable[T]], *expected: type[Exception]) -> T:
    """What ``work`` returns, with a container whose database is open."""
    from container import Container, subscribe

    async def run_it(settings: Settings) -> T:
        container = Container(settings=settings)
        subscribe(container)
        await container.schema().require_current()
        async with container.database():
            return await work(container)

    with told_in_one_sentence(DomainError, *expected), stopped_by_signal(exit_code=1):
        settings = load_settings()
        configure_logging(style="console", level="ERROR")
        with database_dsn(settings) as dsn:
            return asyncio.run(run_it(settings.model_copy(update={"database_url": dsn})))
