from uuid import UUID

from BE.core.types import new_id
from BE.modules.teams.models import OwnedTeam, Team
from BE.modules.teams.repository import TeamRepository

LAST = UUID(int=2**128 - 1)


async def add(teams: TeamRepository, owner_id: UUID, slug: str) -> Team:
    team = await teams.add(new_id(), slug.title(), slug, owner_id)
    assert team is not None
    return team


async def test_a_team_begins_with_its_owner(teams: TeamRepository) -> None:
    ada, bob = new_id(), new_id()
    team = await add(teams, ada, "engine")

    assert (team.name, team.slug, team.role, team.version) == ("Engine", "engine", "owner", 1)
    assert await teams.get(ada, team.id) == team
    assert await teams.get(bob, team.id) is None
    assert await teams.role_of(ada, team.id) == "owner"
    assert await teams.role_of(bob, team.id) is None
    assert await teams.count_owned_alone(ada) == 1


async def test_a_slug_belongs_to_one_team(teams: TeamRepository) -> None:
    ada = new_id()
    await add(teams, ada, "engine")

    assert await teams.add(new_id(), "Another", "engine", ada) is None
    assert await teams.count_owned_alone(ada) == 1


async def test_a_member_lists_teams_with_their_role_newest_first(teams: TeamRepository) -> None:
    ada, bob = new_id(), new_id()
    first, second, third = [await add(teams, ada, slug) for slug in ("a", "b", "c")]
    for team in (first, third):
        assert await teams.add_member(team.id, bob, "viewer")

    page = await teams.page(bob, before=LAST, limit=10)

    assert [(team.id, team.role) for team in page] == [(third.id, "viewer"), (first.id, "viewer")]
    assert [team.id for team in await teams.page(ada, before=third.id, limit=1)] == [second.id]


async def test_members_are_listed_in_the_order_of_joining(teams: TeamRepository) -> None:
    ada, bob, eve = new_id(), new_id(), new_id()
    team = await add(teams, ada, "engine")
    assert await teams.add_member(team.id, bob, "admin")
    assert await teams.add_member(team.id, eve, "viewer")

    first = await teams.members(team.id, after=None, limit=2)
    rest = await teams.members(team.id, after=(first[-1].joined_at, first[-1].user_id), limit=2)

    assert [(member.user_id, member.role) for member in first + rest] == [
        (ada, "owner"),
        (bob, "admin"),
        (eve, "viewer"),
    ]
    assert await teams.count_members(team.id) == 3
    found = await teams.memberships(team.id, [eve, new_id()])
    assert found == {eve: rest[0]}


async def test_a_member_who_joins_again_keeps_their_role(teams: TeamRepository) -> None:
    ada = new_id()
    team = await add(teams, ada, "engine")

    assert not await teams.add_member(team.id, ada, "viewer")
    assert await teams.role_of(ada, team.id) == "owner"


async def test_roles_change_and_members_leave(teams: TeamRepository) -> None:
    ada, bob = new_id(), new_id()
    team, other = await add(teams, ada, "engine"), await add(teams, ada, "other")
    for joined_team in (team, other):
        await teams.add_member(joined_team.id, bob, "viewer")

    await teams.change_role(team.id, bob, "owner")
    await teams.change_role(team.id, new_id(), "owner")
    assert await teams.role_of(bob, team.id) == "owner"
    assert await teams.role_of(bob, other.id) == "viewer"

    roles = await teams.hold_roles(team.id, [bob, new_id()])
    assert (roles, set(await teams.teams_of(bob))) == ({bob: "owner"}, {team.id, other.id})

    await teams.remove_member(team.id, bob)
    assert await teams.role_of(bob, team.id) is None
    assert await teams.role_of(bob, other.id) == "viewer"

    assert await teams.leave_all(bob) == [other.id]
    assert await teams.page(bob, before=LAST, limit=10) == []
    assert await teams.count_members(other.id) == 1


async def test_owned_teams_and_their_other_owners_are_found(teams: TeamRepository) -> None:
    ada, bob = new_id(), new_id()
    alone, shared = await add(teams, ada, "alone"), await add(teams, ada, "shared")
    await teams.add_member(alone.id, bob, "admin")
    await teams.add_member(shared.id, bob, "owner")
    both = [alone.id, shared.id]

    assert await teams.lock_owned(ada) == [
        OwnedTeam(alone.id, "Alone"),
        OwnedTeam(shared.id, "Shared"),
    ]
    assert await teams.owned_by_others(both, ada) == {shared.id}
    assert await teams.owned_by_others(both, bob) == set(both)


async def test_a_rename_advances_the_version_and_keeps_the_slug(teams: TeamRepository) -> None:
    ada = new_id()
    team = await add(teams, ada, "engine")

    assert await teams.rename(team.id, "Difference Engine") == 2
    renamed = await teams.get(ada, team.id)

    assert renamed is not None
    assert (renamed.name, renamed.slug, renamed.version) == ("Difference Engine", "engine", 2)
    assert await teams.lock(team.id) == "Difference Engine"


async def test_a_team_is_removed_with_its_memberships(teams: TeamRepository) -> None:
    ada = new_id()
    team, other = await add(teams, ada, "engine"), await add(teams, ada, "other")

    assert await teams.remove(team.id) == [ada]
    assert await teams.remove(new_id()) == []

    assert await teams.lock(team.id) is None
    assert await teams.role_of(ada, team.id) is None
    assert await teams.role_of(ada, other.id) == "owner"
