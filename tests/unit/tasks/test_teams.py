"""What a member's role allows, whom they may assign, and what a removal unassigns."""

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


class TeamWriting:
    def __init__(self) -> None:
        self.database, self.teams = FakeDatabase(), FakeTeams()
        self.writing = Writing(self.database, self.teams)

    async def write(self, owner: Owner, *assignees: UUID) -> None:
        async with self.writing.to(owner, *(("assignee_id", user_id) for user_id in assignees)):
            assert self.database.in_transaction


@pytest.fixture
def writing() -> TeamWriting:
    return TeamWriting()


@pytest.mark.parametrize("role", ["member", "admin", "owner"])
async def test_members_write_and_assign_each_other(writing: TeamWriting, role: TeamRole) -> None:
    writing.teams.roles |= {(TEAM, ADA): role, (TEAM, BOB): "viewer"}

    await writing.write(Owner(TEAM, member_id=ADA), BOB, ADA)

    assert writing.database.commits == 1


@pytest.mark.parametrize(
    ("role", "assignee", "refusal"),
    [
        (None, None, TeamNotFound),
        ("viewer", None, RoleTooLow),
        ("viewer", BOB, RoleTooLow),
        ("owner", BOB, UnknownAssignee),
    ],
)
async def test_others_neither_write_nor_are_assigned(
    writing: TeamWriting, role: TeamRole | None, assignee: UUID | None, refusal: type[DomainError]
) -> None:
    if role is not None:
        writing.teams.roles[TEAM, ADA] = role
    writing.teams.roles[new_id(), ADA] = "owner"

    with pytest.raises(refusal):
        await writing.write(Owner(TEAM, member_id=ADA), *([assignee] if assignee else []))

    assert (writing.database.commits, writing.database.rollbacks) == (0, 1)


async def test_personal_tasks_have_no_assignee_and_query_no_team(writing: TeamWriting) -> None:
    await writing.write(Owner(ADA))
    with pytest.raises(OwnTaskAssigned):
        await writing.write(Owner(ADA), ADA)

    assert writing.database.commits == 1


@pytest.mark.parametrize("count", [0, 499, 500, 501])
async def test_a_removal_unassigns_all_tasks_in_the_team_and_publishes_each(count: int) -> None:
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
