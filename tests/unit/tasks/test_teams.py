"""What a member's role lets them write, whom they may assign, and what a removal ends."""

from uuid import UUID

import pytest

from BE.core.exceptions import DomainError
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole
from BE.core.types import new_id
from BE.modules.tasks.events import TaskUpdated
from BE.modules.tasks.exceptions import OwnTaskAssigned, UnknownAssignee
from BE.modules.tasks.models import Owner, TaskDraft
from BE.modules.tasks.service import TeamChanges, Writing
from BE.modules.teams.events import TeamMemberRemoved
from tests.support.fakes import FakeDatabase, RecordingBus
from tests.support.tasks.fakes import FakeTaskRepository, FakeTeams

TEAM, ADA, BOB = new_id(), new_id(), new_id()


class Room:
    def __init__(self) -> None:
        self.database, self.teams = FakeDatabase(), FakeTeams()
        self.writing = Writing(self.database, self.teams)

    async def write(self, owner: Owner, *assignees: UUID) -> None:
        async with self.writing.to(owner, *(("assignee_id", user_id) for user_id in assignees)):
            assert self.database.in_transaction


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.mark.parametrize("role", ["member", "admin", "owner"])
async def test_members_write_and_assign_each_other_whatever_the_role(
    room: Room, role: TeamRole
) -> None:
    room.teams.roles |= {(TEAM, ADA): role, (TEAM, BOB): "viewer"}

    await room.write(Owner(TEAM, member_id=ADA), BOB, ADA)

    assert room.database.commits == 1


@pytest.mark.parametrize(
    ("role", "assignee", "refusal"),
    [
        (None, None, TeamNotFound),
        ("viewer", None, RoleTooLow),
        ("viewer", BOB, RoleTooLow),
        ("owner", BOB, UnknownAssignee),
    ],
)
async def test_nobody_else_writes_or_is_assigned(
    room: Room, role: TeamRole | None, assignee: UUID | None, refusal: type[DomainError]
) -> None:
    if role is not None:
        room.teams.roles[TEAM, ADA] = role
    room.teams.roles[new_id(), ADA] = "owner"

    with pytest.raises(refusal):
        await room.write(Owner(TEAM, member_id=ADA), *([assignee] if assignee else []))

    assert (room.database.commits, room.database.rollbacks) == (0, 1)


async def test_one_s_own_tasks_are_assigned_to_nobody_and_ask_no_team(room: Room) -> None:
    await room.write(Owner(ADA))
    with pytest.raises(OwnTaskAssigned):
        await room.write(Owner(ADA), ADA)

    assert room.database.commits == 1


@pytest.mark.parametrize("count", [0, 499, 500, 501])
async def test_a_removal_ends_every_assignment_in_the_team_and_tells_of_each(count: int) -> None:
    repository, bus = FakeTaskRepository(), RecordingBus()
    changes = TeamChanges(repository, bus)
    drafts = [(new_id(), str(place), draft(BOB)) for place in range(count)]
    if drafts:
        await repository.add(TEAM, drafts, team_id=TEAM)
    other_team = new_id()
    [elsewhere] = (
        await repository.add(other_team, [(new_id(), "a", draft(BOB))], team_id=other_team)
    ).tasks
    [of_ada] = (await repository.add(TEAM, [(new_id(), "z", draft(ADA))], team_id=TEAM)).tasks

    await changes.on_member_removed(TeamMemberRemoved(team_id=TEAM, user_id=BOB))

    left = [task for task in repository.tasks.values() if task.assignee_id is not None]
    assert left == [elsewhere, of_ada]
    assert len(bus.published) == count
    for event in bus.published:
        assert isinstance(event, TaskUpdated)
        assert (event.team_id, event.changed, event.task_version) == (TEAM, ("assignee_id",), 2)


def draft(assignee_id: UUID) -> TaskDraft:
    return {
        "title": "Write",
        "description": None,
        "status": "todo",
        "priority": "none",
        "due_at": None,
        "due_on": None,
        "tags": [],
        "assignee_id": assignee_id,
    }
