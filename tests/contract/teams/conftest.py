import pytest

from BE.core.database.database import Database
from BE.modules.teams.repository import InvitationRepository, TeamRepository
from tests.support.teams.fakes import FakeInvitationRepository, FakeTeamRepository


@pytest.fixture
def teams(database: Database | None) -> TeamRepository:
    return FakeTeamRepository() if database is None else TeamRepository(database)


@pytest.fixture
def invitations(database: Database | None) -> InvitationRepository:
    return FakeInvitationRepository() if database is None else InvitationRepository(database)
