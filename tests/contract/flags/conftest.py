import pytest

from BE.core.database.database import Database
from BE.modules.flags.repository import FlagRepository
from tests.support.flags.fakes import FakeFlagRepository


@pytest.fixture
def flags(database: Database | None) -> FlagRepository:
    return FakeFlagRepository() if database is None else FlagRepository(database)
