"""One suite for what a repository promises, run on the twin in memory and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from BE.core.database.database import Database
from BE.modules.auth.repository import AuthRepository
from BE.modules.identities.repository import IdentityRepository
from BE.modules.tasks.repository import TaskRepository
from BE.modules.users.repository import UserRepository
from tests.support.auth.fakes import FakeAuthRepository
from tests.support.identities.fakes import FakeIdentityRepository
from tests.support.postgres import delete_rows
from tests.support.tasks.fakes import FakeTaskRepository
from tests.support.users.fakes import FakeUserRepository


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


@pytest.fixture
def auth(database: Database | None) -> AuthRepository:
    return FakeAuthRepository() if database is None else AuthRepository(database)


@pytest.fixture
def identities(database: Database | None) -> IdentityRepository:
    return FakeIdentityRepository() if database is None else IdentityRepository(database)


@pytest.fixture
def users(database: Database | None) -> UserRepository:
    return FakeUserRepository() if database is None else UserRepository(database)


@pytest.fixture
def tasks(database: Database | None) -> TaskRepository:
    return FakeTaskRepository() if database is None else TaskRepository(database)
