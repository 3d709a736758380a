"""One suite for the contract of each repository, run on its in-memory fake and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from BE.core.database.database import Database
from tests.support.postgres import Sweeper


@pytest.fixture(params=["fake", "postgres"])
async def database(
    request: pytest.FixtureRequest, dsn: str, sweeper: Sweeper
) -> AsyncIterator[Database | None]:
    if request.param == "fake":
        yield None
        return
    await sweeper.delete_rows()
    async with Database(
        dsn, pool_size=2, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    ) as database:
        yield database
