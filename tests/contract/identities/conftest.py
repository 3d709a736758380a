import pytest

from BE.core.database.database import Database
from BE.modules.identities.repository import IdentityRepository
from tests.support.identities.fakes import FakeIdentityRepository


@pytest.fixture
def identities(database: Database | None) -> IdentityRepository:
    return FakeIdentityRepository() if database is None else IdentityRepository(database)
