"""Server processes that share a database, and a connection to it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from BE.core.database.connections import connect
from tests.support.postgres import fresh_database
from tests.support.processes.workers import Worker, running_workers


@pytest.fixture(scope="module")
async def database(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def workers(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Worker]]:
    async with running_workers(tmp_path_factory.mktemp("workers"), database) as workers:
        yield workers


@pytest.fixture
async def doomed(database: str, tmp_path: Path) -> AsyncIterator[Worker]:
    """A third process, to be killed."""
    async with running_workers(tmp_path, database, count=1) as (worker,):
        yield worker


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Any]:
    """The test's own connection to the database."""
    connection = await connect(database)
    yield connection
    await connection.close()
