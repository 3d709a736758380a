"""One suite for what a repository promises, run on the twin in memory and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from BE.core.database.database import Database
from tests.support.postgres import delete_rows


@pytest.fixture(params=["fake", "postgres"])
async def database(request: pytest.FixtureRequest, dsn: str) -> AsyncIterator[Database | None]:
    if request.param == "fake":
        yield None
        return
    await delete_rows(dsn)
    async with Database(
        dsn, pool_size=2, max_overflow=0, acquire_timeout=60, idle_lifetime=300
    ) as database:
        yield database
