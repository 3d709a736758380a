from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.http.pagination import Cursors, Page
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.teams.events import TeamDeleted, TeamMemberRemoved, TeamMemberRoleChanged
from BE.modules.teams.exceptions import LastOwner, MemberNotFound
from BE.modules.teams.models import Member, Membership, OwnedTeam, may_give, may_touch
from BE.modules.teams.ports import Users
from BE.modules.teams.repository import TeamRepository


class MembershipService:
    """Who belongs to a team, and in which role.

    Every change first locks the team and then reads the roles, so that of two owners who leave at
    once the second sees that the first is gone.
    """

    def __init__(
        self,
        database: Database,
        repository: TeamRepository,
        events: EventBus,
        cursors: Cursors,
        users: Users,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._users = users

    async def teams_of(self, user_id: UUID) -> list[UUID]:
        return await self._repository.teams_of(user_id)

    async def hold_roles(
        self, team_id: UUID, user_ids: Collection[UUID]
    ) -> Mapping[UUID, TeamRole]:
        """The roles of those who are members, which stay so until the ambient transaction ends."""
        return await self._repository.hold_roles(team_id, [*user_ids])

    async def page(self, team_id: UUID, *, limit: int, cursor: str | None) -> Page[Member]:
        """The earliest to join first. Raises :class:`InvalidCursor`."""
        scope, after = f"members:{team_id}", None
        if cursor is not None:
            joined_at, user_id = self._cursors.open(scope, cursor)
            after = (datetime.fromisoformat(joined_at), UUID(user_id))
        found = await self._repository.members(team_id, after=after, limit=limit + 1)
        page = self._cursors.page(scope, found, limit, attrgetter("joined_at", "user_id"))
        return Page(await self._described(*page.items), page.next_cursor)

    async def change_role(
        self, actor_id: UUID, team_id: UUID, user_id: UUID, role: TeamRole
    ) -> Member:
        """Raises :class:`TeamNotFound`, :class:`MemberNotFound`, :class:`RoleTooLow`.

        Raises :class:`LastOwner` too.
        """
        async with self._db.transaction():
            name, own, member = await self._lock(team_id, actor_id, user_id)
            if not may_touch(own.role, member.role) or not may_give(own.role, role):
                raise RoleTooLow
            if role != member.role:
                if member.role == "owner":
                    await self._require_another_owner(team_id, name, user_id)
                await self._repository.change_role(team_id, user_id, role)
                await self._events.publish(
                    TeamMemberRoleChanged(team_id=team_id, user_id=user_id, role=role)
                )
            described = await self._described(Membership(user_id, role, member.joined_at))
        if not described:
            raise MemberNotFound
        return described[0]

    async def remove(self, actor_id: UUID, team_id: UUID, user_id: UUID) -> None:
        """Remove a member, or leave the team.

        Raises :class:`TeamNotFound`, :class:`MemberNotFound`, :class:`RoleTooLow`,
        :class:`LastOwner`.
        """
        async with self._db.transaction():
            name, own, member = await self._lock(team_id, actor_id, user_id)
            if actor_id != user_id and not may_touch(own.role, member.role):
                raise RoleTooLow
            if member.role == "owner":
                await self._require_another_owner(team_id, name, user_id)
            await self._repository.remove_member(team_id, user_id)
            await self._events.publish(TeamMemberRemoved(team_id=team_id, user_id=user_id))

    async def on_user_deleted(self, event: UserDeleted) -> None:
        """Raises :class:`LastOwner`, which undoes the deletion."""
        alone = await self._owned_alone(event.user_id)
        if alone:
            raise LastOwner(*((team.id, team.name) for team in alone))
        await self._leave_all(event.user_id)

    async def on_user_deletion_settled(self, event: UserDeletionSettled) -> None:
        """Also delete teams created by a request that was admitted before the deletion."""
        async with self._db.transaction():
            for team in await self._owned_alone(event.user_id):
                member_ids = await self._repository.remove(team.id)
                await self._events.publish(
                    TeamDeleted(team_id=team.id, member_ids=tuple(member_ids))
                )
            await self._leave_all(event.user_id)

    async def _leave_all(self, user_id: UUID) -> None:
        left = await self._repository.leave_all(user_id)
        if left:
            await self._events.publish(
                *(TeamMemberRemoved(team_id=team_id, user_id=user_id) for team_id in left)
            )

    async def _owned_alone(self, user_id: UUID) -> list[OwnedTeam]:
        """Lock the user's own teams; return those that no one else owns."""
        owned = await self._repository.lock_owned(user_id)
        if not owned:
            return []
        shared = await self._repository.owned_by_others([team.id for team in owned], user_id)
        return [team for team in owned if team.id not in shared]

    async def _lock(
        self, team_id: UUID, actor_id: UUID, user_id: UUID
    ) -> tuple[str, Membership, Membership]:
        """Lock the team; return its name and the memberships of both."""
        name = await self._repository.lock(team_id)
        found = await self._repository.memberships(team_id, [actor_id, user_id])
        if name is None or actor_id not in found:
            raise TeamNotFound
        if user_id not in found:
            raise MemberNotFound
        return name, found[actor_id], found[user_id]

    async def _require_another_owner(self, team_id: UUID, name: str, user_id: UUID) -> None:
        if not await self._repository.owned_by_others([team_id], user_id):
            raise LastOwner((team_id, name))

    async def _described(self, *memberships: Membership) -> list[Member]:
        """With name and email, without those whose account has just been deleted."""
        people = await self._users.names_and_emails(
            [membership.user_id for membership in memberships]
        )
        return [
            Member(
                membership.user_id,
                *people[membership.user_id],
                membership.role,
                membership.joined_at,
            )
            for membership in memberships
            if membership.user_id in people
        ]
