from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from BE.core.database.database import Database
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, is_at_least
from BE.modules.tasks.exceptions import OwnTaskAssigned, UnknownAssignee
from BE.modules.tasks.models import Owner, TaskChanges, TaskDraft
from BE.modules.tasks.ports import Teams

type Assigned = tuple[str, UUID]
"""The argument that names an assignee, and the assignee."""


class Writing:
    """Opens the transactions that change tasks.

    In a team it first reads the roles of the writing member and of the assignees again, and holds
    them to the end: a concurrent removal of one of them waits for the commit, and after a removal
    the member is not found. So memberships are locked before tasks, never after.
    """

    def __init__(self, database: Database, teams: Teams) -> None:
        self._db = database
        self._teams = teams

    @asynccontextmanager
    async def to(self, owner: Owner, *assigned: Assigned) -> AsyncIterator[None]:
        """A transaction that may change tasks of ``owner`` and assign them to ``assigned``.

        Raises :class:`TeamNotFound`, :class:`RoleTooLow`, :class:`UnknownAssignee`,
        :class:`OwnTaskAssigned`.
        """
        if owner.member_id is None and assigned:
            raise OwnTaskAssigned(assigned[0][0])
        async with self._db.transaction():
            if owner.member_id is not None:
                await self._hold(owner.id, owner.member_id, *assigned)
            yield

    async def hold(self, owner: Owner) -> None:
        """Read the role of the writing member, and hold it to the end of the transaction.

        For long transactions, which do so at their end: the removal of a member waits only briefly.
        They touch no existing task, so the order of locks does not matter. Raises
        :class:`TeamNotFound`, :class:`RoleTooLow`.
        """
        if owner.member_id is not None:
            await self._hold(owner.id, owner.member_id)

    async def _hold(self, team_id: UUID, member_id: UUID, *assigned: Assigned) -> None:
        assignees = {user_id for _, user_id in assigned}
        roles = await self._teams.hold_roles(team_id, {member_id, *assignees})
        if member_id not in roles:
            raise TeamNotFound
        if not is_at_least(roles[member_id], "member"):
            raise RoleTooLow
        for argument, user_id in assigned:
            if user_id not in roles:
                raise UnknownAssignee(argument)


def assigned_in(fields: TaskDraft | TaskChanges, argument: str = "assignee_id") -> list[Assigned]:
    """The assignee in a draft or a change, in the field that ``argument`` names."""
    user_id = fields.get("assignee_id")
    return [(argument, user_id)] if user_id is not None else []
