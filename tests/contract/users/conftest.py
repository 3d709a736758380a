import pytest

from BE.core.database.database import Database
from BE.modules.users.repository import UserRepository
from tests.support.users.fakes import FakeUserRepository


@pytest.fixture
def users(database: Database | None) -> UserRepository:
    return FakeUserRepository() if database is None else UserRepository(database)
