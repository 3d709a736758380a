"""A PostgreSQL for the tests: embedded, or the one that the environment names."""

import os
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psutil

from BE.core.database.connections import connect, connected
from BE.core.wiring.core import CORE
from commands.embedded import embedded_postgres
from migrations.runner import Schema
from tests.support.application import TESTED
from tests.support.events import eventually
from tests.support.specimen.tables import CREATE

TABLES = tuple(table for context in (*TESTED, CORE) for table in context.tables)
"""The tables in which tests leave rows."""
DELIVERED = ("events.delivery", "events.event")
"""The tables that the relay of a running application empties itself."""

_LAST_LINES = 10


class Postgres:
    """A server that a test can start, stop and crash."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running = ExitStack()
        self.dsn = ""

    def start(self) -> None:
        self.dsn = self._running.enter_context(embedded_postgres(self._directory))

    def stop(self) -> None:
        self._running.close()

    def crash(self) -> None:
        """Shut down at once, without notice to any connection; the next start recovers."""
        main, *_ = self.processes()
        main.send_signal(signal.SIGQUIT)
        self.stop()

    def processes(self) -> list[psutil.Process]:
        pid_file = self._directory / "postgres" / "postmaster.pid"
        main = psutil.Process(int(pid_file.read_text().split()[0]))
        return [main, *main.children()]


@contextmanager
def postgres_server(directory: Path) -> Iterator[str]:
    """Yield the DSN of a server on which tests create databases."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif os.environ.get("TEST_DATABASE") == "container":
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver=None) as container:
            yield container.get_connection_url()
    else:
        with embedded_postgres(directory) as dsn:
            yield dsn


def death_of(directory: Path) -> str | None:
    """A message with the end of its log if the embedded server of a directory has died."""
    log, pid_file = directory / "postgres.log", directory / "postgres" / "postmaster.pid"
    if not log.exists():
        return None  # another server was used
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if process.status() != psutil.STATUS_ZOMBIE:
            return None
    lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    return "\n".join(["The PostgreSQL of the tests has died; the end of its log:", *lines])


async def turn_off_fsync(dsn: str) -> None:
    """Make writes independent of a slow disk: they need not survive a crash of the machine."""
    await execute(dsn, "ALTER SYSTEM SET fsync = off")
    await execute(dsn, "SELECT pg_reload_conf()")


@asynccontextmanager
async def fresh_database(server: str, template: str = "") -> AsyncIterator[str]:
    """Yield the DSN of a database, dropped afterwards: empty, or a copy of ``template``."""
    name = f"test_{uuid4().hex}"
    origin = f"TEMPLATE {urlsplit(template).path[1:]}" if template else ""
    await execute(server, f"CREATE DATABASE {name} {origin}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def specimen_database(server: str, template: str) -> AsyncIterator[str]:
    """Yield the DSN of a database with the tables of every context, and of the specimen."""
    async with fresh_database(server, template) as dsn:
        await execute(dsn, CREATE)
        yield dsn


async def migrate(dsn: str) -> None:
    """Make the tables of every context, and those of the specimen."""
    await Schema(dsn).migrate()
    await execute(dsn, CREATE)


async def execute(dsn: str, sql: str) -> None:
    connection = await connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def delete_rows(dsn: str, tables: Iterable[str] = TABLES) -> None:
    await execute(dsn, _deletion(tables))


class Sweeper:
    """Deletes rows over one connection: opening one for each test would cost more than the rest."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Any = None

    async def delete_rows(self, tables: Iterable[str] = TABLES) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._dsn)
        await self._connection.execute(_deletion(tables))

    async def aclose(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _deletion(tables: Iterable[str]) -> str:
    return "; ".join(f"DELETE FROM {table}" for table in tables)


async def until_asleep(dsn: str) -> None:
    """Wait until a statement, or a commit, sleeps in the database."""
    async with connected(dsn) as connection:

        async def is_asleep() -> bool:
            found: bool = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'PgSleep')"
            )
            return found

        await eventually(is_asleep)
