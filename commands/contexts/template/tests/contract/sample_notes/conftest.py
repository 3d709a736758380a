import pytest

from BE.core.database.database import Database
from BE.modules.sample_notes.repository import SampleNoteRepository
from tests.support.sample_notes.fakes import FakeSampleNoteRepository


@pytest.fixture
def sample_notes(database: Database | None) -> SampleNoteRepository:
    return FakeSampleNoteRepository() if database is None else SampleNoteRepository(database)
