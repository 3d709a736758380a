"""The rules of the services of teams, on in-memory fakes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest

from BE.core.http.pagination import Cursors
from BE.core.security.keys import KeyRing
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole
from BE.core.types import new_id
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.teams.events import TeamDeleted, TeamMemberJoined, TeamMemberRemoved
from BE.modules.teams.exceptions import (
    InvitationNotFound,
    InvitedByAnotherEmail,
    LastOwner,
    MemberNotFound,
    TooManyInvitations,
    TooManyMembers,
    TooManyTeams,
)
from BE.modules.teams.models import Team
from BE.modules.teams.service import InvitationService, MembershipService, TeamService
from tests.support.fakes import FakeDatabase, RecordingBus
from tests.support.teams.fakes import FakeInvitationRepository, FakeTeamRepository


class FakeUsers:
    """Users with the emails that a test sets, who may send any number of mails."""

    def __init__(self) -> None:
        self.emails: dict[UUID, str] = {}

    async def names_and_emails(self, user_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
        return dict.fromkeys(user_ids, ("Ada", "ada@example.com"))

    async def prove(self, user_id: UUID, email: str) -> bool:
        return self.emails.get(user_id) == email

    async def draw(self, user_id: UUID, email: str) -> None:
        pass


class TeamServices:
    """The services of teams on in-memory fakes, with low limits."""

    def __init__(self) -> None:
        self.database, self.bus, self.users = FakeDatabase(), RecordingBus(), FakeUsers()
        self.repository = FakeTeamRepository()
        cursors = Cursors(KeyRing.parse("s" * 32))
        self.teams = TeamService(
            self.database, self.repository, self.bus, cursors, lambda: "2", most=2
        )
        self.members = MembershipService(
            self.database, self.repository, self.bus, cursors, self.users
        )
        self.invitations = InvitationService(
            self.database,
            FakeInvitationRepository(),
            self.repository,
            self.bus,
            cursors,
            self.users,
            self.users,
            most=2,
            most_members=2,
        )

    async def team(self, owner_id: UUID, *members: tuple[UUID, TeamRole]) -> Team:
        team = await self.teams.create(owner_id, "Engine")
        for user_id, role in members:
            await self.repository.add_member(team.id, user_id, role)
        self.bus.published.clear()
        return team

    async def invite(self, inviter_id: UUID, team: Team, email: str) -> str:
        """Invite a user, and return the token of the mail."""
        invitation = await self.invitations.invite(inviter_id, team.id, email, "member")
        issued = await self.invitations.issue(invitation.id)
        assert issued is not None
        self.bus.published.clear()
        return issued[1]


@pytest.fixture
def services() -> TeamServices:
    return TeamServices()


class TestTeams:
    async def test_equal_names_get_distinct_slugs(self, services: TeamServices) -> None:
        first, second = [await services.teams.create(new_id(), "Engine") for _ in range(2)]

        assert (first.slug, second.slug) == ("engine", "engine-2")

    async def test_the_number_of_owned_teams_is_limited(self, services: TeamServices) -> None:
        ada = new_id()
        for _ in range(2):
            await services.teams.create(ada, f"{new_id()}")

        with pytest.raises(TooManyTeams):
            await services.teams.create(ada, "One more")

    @pytest.mark.parametrize("role", ["viewer", "member", "admin"])
    async def test_only_an_owner_deletes_a_team(
        self, services: TeamServices, role: TeamRole
    ) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada, (bob, role))

        with pytest.raises(RoleTooLow):
            await services.teams.delete(bob, team.id, None)
        with pytest.raises(TeamNotFound):
            await services.teams.delete(new_id(), team.id, None)
        assert services.bus.published == []

        await services.teams.delete(ada, team.id, None)
        [deleted] = services.bus.published
        assert isinstance(deleted, TeamDeleted)
        assert (deleted.team_id, {*deleted.member_ids}) == (team.id, {ada, bob})


class TestMemberships:
    async def test_the_last_owner_can_neither_leave_nor_be_demoted(
        self, services: TeamServices
    ) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada, (bob, "admin"))

        with pytest.raises(LastOwner):
            await services.members.change_role(ada, team.id, ada, "admin")
        with pytest.raises(LastOwner):
            await services.members.remove(ada, team.id, ada)
        assert (services.bus.published, services.database.rollbacks) == ([], 2)

        await services.members.change_role(ada, team.id, bob, "owner")
        await services.members.remove(ada, team.id, ada)
        assert services.bus.published[-1] == TeamMemberRemoved(team_id=team.id, user_id=ada)

    async def test_the_same_role_again_publishes_nothing(self, services: TeamServices) -> None:
        ada = new_id()
        team = await services.team(ada)

        await services.members.change_role(ada, team.id, ada, "owner")

        assert services.bus.published == []

    async def test_any_member_may_leave_but_not_remove_others(self, services: TeamServices) -> None:
        ada, bob, eve = new_id(), new_id(), new_id()
        team = await services.team(ada, (bob, "member"), (eve, "viewer"))

        with pytest.raises(RoleTooLow):
            await services.members.remove(bob, team.id, eve)
        with pytest.raises(MemberNotFound):
            await services.members.remove(ada, team.id, new_id())
        await services.members.remove(eve, team.id, eve)

        assert await services.repository.role_of(eve, team.id) is None

    async def test_the_only_owner_of_a_team_cannot_be_deleted(self, services: TeamServices) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada, (bob, "admin"))

        with pytest.raises(LastOwner):
            await services.members.on_user_deleted(UserDeleted(user_id=ada))
        await services.members.on_user_deleted(UserDeleted(user_id=bob))

        assert await services.repository.role_of(ada, team.id) == "owner"
        assert await services.repository.role_of(bob, team.id) is None

    async def test_a_team_without_owners_is_deleted_when_the_deletion_is_settled(
        self, services: TeamServices
    ) -> None:
        ada, bob = new_id(), new_id()
        alone, shared = await services.team(ada), await services.team(ada, (bob, "owner"))

        await services.members.on_user_deletion_settled(UserDeletionSettled(user_id=ada))

        assert services.bus.published == [
            TeamDeleted(team_id=alone.id, member_ids=(ada,)),
            TeamMemberRemoved(team_id=shared.id, user_id=ada),
        ]
        assert await services.repository.role_of(bob, shared.id) == "owner"
        assert await services.repository.role_of(ada, shared.id) is None


class TestInvitations:
    async def test_grant_no_role_above_the_inviter_s(self, services: TeamServices) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada, (bob, "admin"))

        with pytest.raises(RoleTooLow):
            await services.invitations.invite(bob, team.id, "eve@example.com", "owner")
        with pytest.raises(TeamNotFound):
            await services.invitations.invite(new_id(), team.id, "eve@example.com", "viewer")
        assert services.bus.published == []

    async def test_are_accepted_once_and_only_with_the_invited_email(
        self, services: TeamServices
    ) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada)
        token = await services.invite(ada, team, "bob@example.com")

        with pytest.raises(InvitedByAnotherEmail):
            await services.invitations.accept(bob, token)
        services.users.emails[bob] = "bob@example.com"
        joined = await services.invitations.accept(bob, token)
        with pytest.raises(InvitationNotFound):
            await services.invitations.accept(bob, token)

        assert (joined.id, joined.role) == (team.id, "member")
        assert services.bus.published == [
            TeamMemberJoined(team_id=team.id, user_id=bob, role="member")
        ]

    async def test_are_limited_per_team(self, services: TeamServices) -> None:
        ada = new_id()
        team = await services.team(ada)
        for name in ("b", "c", "b"):  # a second invitation replaces the first
            await services.invite(ada, team, f"{name}@example.com")

        with pytest.raises(TooManyInvitations):
            await services.invite(ada, team, "d@example.com")

    async def test_are_refused_once_the_team_is_full(self, services: TeamServices) -> None:
        ada, bob = new_id(), new_id()
        team = await services.team(ada, (new_id(), "viewer"))
        token = await services.invite(ada, team, "bob@example.com")
        services.users.emails[bob] = "bob@example.com"

        with pytest.raises(TooManyMembers):
            await services.invitations.accept(bob, token)
        assert services.bus.published == []
