"""Cached roles: for how long, and what makes a process drop them."""

import asyncio
from uuid import UUID

import pytest

from BE.core.security.team_roles import TeamRole
from BE.core.types import new_id
from BE.modules.teams.events import TeamMemberRemoved
from BE.modules.teams.service import KnownRoles, known_roles
from tests.support.fakes import Clock, FakeDatabase
from tests.support.teams.fakes import FakeTeamRepository

ADA, TEAM = new_id(), new_id()


class SlowRepository(FakeTeamRepository):
    """Reads the role at once, but returns it only when released."""

    def __init__(self) -> None:
        super().__init__()
        self.queried, self.release = asyncio.Event(), asyncio.Event()

    async def role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        role = await super().role_of(user_id, team_id)
        self.queried.set()
        await self.release.wait()
        return role


class Process:
    def __init__(self) -> None:
        self.repository, self.clock, self.database = SlowRepository(), Clock(), FakeDatabase()
        self.roles = KnownRoles(self.database, self.repository, self.clock.seconds)

    def known(self) -> TeamRole | None:
        return self.roles.known_role_of(ADA, TEAM)

    async def remove_ada(self) -> None:
        await self.repository.remove_member(TEAM, ADA)
        await self.roles.on_role_changed(TeamMemberRemoved(team_id=TEAM, user_id=ADA))

    def commit(self) -> None:
        for callback in self.database.after_commit_callbacks:
            callback()


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.repository.add(TEAM, "Engine", "engine", ADA)
    process.repository.release.set()
    return process


async def test_a_role_is_cached_for_a_second(process: Process) -> None:
    assert process.known() is None
    assert await process.roles.role_of(ADA, TEAM) == "owner"
    assert process.known() == "owner"
    assert process.roles.known_role_of(ADA, new_id()) is None
    assert process.roles.known_role_of(new_id(), TEAM) is None

    process.clock.advance(0.9)
    assert process.known() == "owner"
    process.clock.advance(0.1)
    assert process.known() is None


async def test_the_second_begins_with_the_query(process: Process) -> None:
    process.repository.release.clear()
    querying = asyncio.create_task(process.roles.role_of(ADA, TEAM))
    await process.repository.queried.wait()
    process.clock.advance(1)
    process.repository.release.set()

    assert await querying == "owner"
    assert process.known() is None


async def test_a_missing_membership_is_not_cached(process: Process) -> None:
    bob = new_id()
    assert await process.roles.role_of(bob, TEAM) is None
    await process.repository.add_member(TEAM, bob, "viewer")

    assert await process.roles.role_of(bob, TEAM) == "viewer"


async def test_a_removal_takes_effect_once_it_has_committed(process: Process) -> None:
    await process.roles.role_of(ADA, TEAM)
    await process.remove_ada()
    assert process.known() == "owner"
    process.commit()

    assert process.known() is None


async def test_a_role_read_before_a_removal_is_not_cached_after_it(process: Process) -> None:
    process.repository.release.clear()
    querying = asyncio.create_task(process.roles.role_of(ADA, TEAM))
    await process.repository.queried.wait()
    await process.remove_ada()
    process.commit()
    process.repository.release.set()

    assert await querying == "owner"
    assert process.known() is None


async def test_memory_is_bounded(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_roles, "_MOST", 2)
    members = [new_id() for _ in range(3)]
    for member in members:
        await process.repository.add_member(TEAM, member, "viewer")
        await process.roles.role_of(member, TEAM)

    assert [process.roles.known_role_of(member, TEAM) for member in members] == [None] * 3
