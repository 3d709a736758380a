import pytest

from BE.core.database.database import Database
from BE.modules.auth.repository import AuthRepository
from tests.support.auth.fakes import FakeAuthRepository


@pytest.fixture
def auth(database: Database | None) -> AuthRepository:
    return FakeAuthRepository() if database is None else AuthRepository(database)
