"""What the services of teams decide, on repositories in memory."""

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


class Everybody:
    """Users, of whom each reads the mailbox that a test says, and may send any number of mails."""

    def __init__(self) -> None:
        self.emails: dict[UUID, str] = {}

    async def names_and_emails(self, user_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
        return dict.fromkeys(user_ids, ("Ada", "ada@example.com"))

    async def prove(self, user_id: UUID, email: str) -> bool:
        return self.emails.get(user_id) == email

    async def draw(self, user_id: UUID, email: str) -> None:
        pass


class House:
    """The services of teams on repositories in memory, small enough to be full."""

    def __init__(self) -> None:
        self.database, self.bus, self.users = FakeDatabase(), RecordingBus(), Everybody()
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
        """Returns the token of the mail."""
        invitation = await self.invitations.invite(inviter_id, team.id, email, "member")
        issued = await self.invitations.issue(invitation.id)
        assert issued is not None
        self.bus.published.clear()
        return issued[1]


@pytest.fixture
def house() -> House:
    return House()


class TestTeams:
    async def test_equal_names_have_slugs_of_their_own(self, house: House) -> None:
        first, second = [await house.teams.create(new_id(), "Engine") for _ in range(2)]

        assert (first.slug, second.slug) == ("engine", "engine-2")

    async def test_nobody_owns_more_than_allowed(self, house: House) -> None:
        ada = new_id()
        for _ in range(2):
            await house.teams.create(ada, f"{new_id()}")

        with pytest.raises(TooManyTeams):
            await house.teams.create(ada, "One more")

    @pytest.mark.parametrize("role", ["viewer", "member", "admin"])
    async def test_owners_alone_delete_one(self, house: House, role: TeamRole) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada, (bob, role))

        with pytest.raises(RoleTooLow):
            await house.teams.delete(bob, team.id, None)
        with pytest.raises(TeamNotFound):
            await house.teams.delete(new_id(), team.id, None)
        assert house.bus.published == []

        await house.teams.delete(ada, team.id, None)
        [deleted] = house.bus.published
        assert isinstance(deleted, TeamDeleted)
        assert (deleted.team_id, {*deleted.member_ids}) == (team.id, {ada, bob})


class TestMemberships:
    async def test_the_last_owner_stays_the_owner(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada, (bob, "admin"))

        with pytest.raises(LastOwner):
            await house.members.change_role(ada, team.id, ada, "admin")
        with pytest.raises(LastOwner):
            await house.members.remove(ada, team.id, ada)
        assert (house.bus.published, house.database.rollbacks) == ([], 2)

        await house.members.change_role(ada, team.id, bob, "owner")
        await house.members.remove(ada, team.id, ada)
        assert house.bus.published[-1] == TeamMemberRemoved(team_id=team.id, user_id=ada)

    async def test_the_same_role_again_tells_nobody(self, house: House) -> None:
        ada = new_id()
        team = await house.team(ada)

        await house.members.change_role(ada, team.id, ada, "owner")

        assert house.bus.published == []

    async def test_everybody_may_leave_and_members_remove_nobody(self, house: House) -> None:
        ada, bob, eve = new_id(), new_id(), new_id()
        team = await house.team(ada, (bob, "member"), (eve, "viewer"))

        with pytest.raises(RoleTooLow):
            await house.members.remove(bob, team.id, eve)
        with pytest.raises(MemberNotFound):
            await house.members.remove(ada, team.id, new_id())
        await house.members.remove(eve, team.id, eve)

        assert await house.repository.role_of(eve, team.id) is None

    async def test_an_account_that_owns_a_team_alone_is_not_deleted(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada, (bob, "admin"))

        with pytest.raises(LastOwner):
            await house.members.on_user_deleted(UserDeleted(user_id=ada))
        await house.members.on_user_deleted(UserDeleted(user_id=bob))

        assert await house.repository.role_of(ada, team.id) == "owner"
        assert await house.repository.role_of(bob, team.id) is None

    async def test_a_team_of_nobody_goes_when_the_deletion_is_settled(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        alone, shared = await house.team(ada), await house.team(ada, (bob, "owner"))

        await house.members.on_user_deletion_settled(UserDeletionSettled(user_id=ada))

        assert house.bus.published == [
            TeamDeleted(team_id=alone.id, member_ids=(ada,)),
            TeamMemberRemoved(team_id=shared.id, user_id=ada),
        ]
        assert await house.repository.role_of(bob, shared.id) == "owner"
        assert await house.repository.role_of(ada, shared.id) is None


class TestInvitations:
    async def test_give_no_role_above_the_inviter_s(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada, (bob, "admin"))

        with pytest.raises(RoleTooLow):
            await house.invitations.invite(bob, team.id, "eve@example.com", "owner")
        with pytest.raises(TeamNotFound):
            await house.invitations.invite(new_id(), team.id, "eve@example.com", "viewer")
        assert house.bus.published == []

    async def test_are_for_whom_reads_the_mailbox_and_once(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada)
        token = await house.invite(ada, team, "bob@example.com")

        with pytest.raises(InvitedByAnotherEmail):
            await house.invitations.accept(bob, token)
        house.users.emails[bob] = "bob@example.com"
        joined = await house.invitations.accept(bob, token)
        with pytest.raises(InvitationNotFound):
            await house.invitations.accept(bob, token)

        assert (joined.id, joined.role) == (team.id, "member")
        assert house.bus.published == [
            TeamMemberJoined(team_id=team.id, user_id=bob, role="member")
        ]

    async def test_wait_in_a_bounded_number(self, house: House) -> None:
        ada = new_id()
        team = await house.team(ada)
        for name in ("b", "c", "b"):  # one again takes the place of the earlier
            await house.invite(ada, team, f"{name}@example.com")

        with pytest.raises(TooManyInvitations):
            await house.invite(ada, team, "d@example.com")

    async def test_fill_a_team_up_to_its_limit(self, house: House) -> None:
        ada, bob = new_id(), new_id()
        team = await house.team(ada, (new_id(), "viewer"))
        token = await house.invite(ada, team, "bob@example.com")
        house.users.emails[bob] = "bob@example.com"

        with pytest.raises(TooManyMembers):
            await house.invitations.accept(bob, token)
        assert house.bus.published == []
