import pytest

from BE.core.database.database import Database
from BE.modules.tasks.repository import TaskRepository
from tests.support.tasks.fakes import FakeTaskRepository


@pytest.fixture
def tasks(database: Database | None) -> TaskRepository:
    return FakeTaskRepository() if database is None else TaskRepository(database)
