"""A PostgreSQL for the tests: embedded, or the one that the environment names."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from BE.core.database import connect
from BE.core.embedded import embedded_postgres

TABLES = (
    "tasks.task",
    "users.profile",
    "auth.account",
    "auth.revocation",
    "auth.throttle",
    "idempotency.answer",
)
"""What a test leaves rows in."""


@contextmanager
def postgres_server(directory: Path) -> Iterator[str]:
    """Yield the DSN of a server on which databases may be made."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif os.environ.get("TEST_DATABASE") == "container":
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver=None) as container:
            yield container.get_connection_url()
    else:
        with embedded_postgres(directory) as dsn:
            yield dsn


@asynccontextmanager
async def fresh_database(server: str) -> AsyncIterator[str]:
    """Yield the DSN of an empty database, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    await execute(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def execute(dsn: str, sql: str) -> None:
    connection = await connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
