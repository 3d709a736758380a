"""The repositories in memory; the contract tests hold them to the real ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.emails import identity_of
from BE.core.security.team_roles import TeamRole
from BE.modules.teams.models import Invitation, Invited, Membership, OwnedTeam, Team
from BE.modules.teams.repository import InvitationRepository, TeamRepository


def _now() -> datetime:
    return datetime.now(UTC)


class FakeTeamRepository(TeamRepository):
    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._teams: dict[UUID, Team] = {}
        self._members: dict[UUID, dict[UUID, Membership]] = {}

    async def lock_owned(self, user_id: UUID) -> list[OwnedTeam]:
        return [
            OwnedTeam(team_id, self._teams[team_id].name)
            for team_id in sorted(self._teams)
            if self._role(user_id, team_id) == "owner"
        ]

    async def owned_by_others(self, team_ids: Sequence[UUID], user_id: UUID) -> set[UUID]:
        return {
            team_id
            for team_id in team_ids
            for member in self._members.get(team_id, {}).values()
            if member.role == "owner" and member.user_id != user_id
        }

    async def count_owned_alone(self, user_id: UUID) -> int:
        return len(await self.lock_owned(user_id))

    async def add(self, team_id: UUID, name: str, slug: str, owner_id: UUID) -> Team | None:
        if any(team.slug == slug for team in self._teams.values()):
            return None
        now = self._clock()
        team = Team(id=team_id, name=name, slug=slug, role="owner", created_at=now, version=1)
        self._teams[team_id] = team
        self._members[team_id] = {owner_id: Membership(owner_id, "owner", now)}
        return team

    async def page(self, user_id: UUID, *, before: UUID, limit: int) -> list[Team]:
        newest_first = sorted(
            (team_id for team_id in self._teams if team_id < before), reverse=True
        )
        found = [await self.get(user_id, team_id) for team_id in newest_first]
        return [team for team in found if team is not None][:limit]

    async def get(self, user_id: UUID, team_id: UUID) -> Team | None:
        role = self._role(user_id, team_id)
        return replace(self._teams[team_id], role=role) if role is not None else None

    async def role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        return self._role(user_id, team_id)

    async def lock(self, team_id: UUID) -> str | None:
        team = self._teams.get(team_id)
        return team.name if team is not None else None

    async def memberships(
        self, team_id: UUID, user_ids: Sequence[UUID]
    ) -> Mapping[UUID, Membership]:
        members = self._members.get(team_id, {})
        return {user_id: members[user_id] for user_id in user_ids if user_id in members}

    async def members(
        self, team_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Membership]:
        ranked = sorted(
            ((member.joined_at, member.user_id), member)
            for member in self._members.get(team_id, {}).values()
        )
        return [member for rank, member in ranked if after is None or rank > after][:limit]

    async def rename(self, team_id: UUID, name: str) -> int:
        team = self._teams[team_id]
        self._teams[team_id] = replace(team, name=name, version=team.version + 1)
        return team.version + 1

    async def change_role(self, team_id: UUID, user_id: UUID, role: TeamRole) -> None:
        members = self._members.get(team_id, {})
        if user_id in members:
            members[user_id] = replace(members[user_id], role=role)

    async def add_member(self, team_id: UUID, user_id: UUID, role: TeamRole) -> bool:
        members = self._members[team_id]
        if user_id in members:
            return False
        members[user_id] = Membership(user_id, role, self._clock())
        return True

    async def count_members(self, team_id: UUID) -> int:
        return len(self._members.get(team_id, {}))

    async def remove_member(self, team_id: UUID, user_id: UUID) -> None:
        self._members.get(team_id, {}).pop(user_id, None)

    async def leave_all(self, user_id: UUID) -> list[UUID]:
        left = await self.teams_of(user_id)
        for team_id in left:
            del self._members[team_id][user_id]
        return left

    async def teams_of(self, user_id: UUID) -> list[UUID]:
        return [team_id for team_id, members in self._members.items() if user_id in members]

    async def hold_roles(self, team_id: UUID, user_ids: Sequence[UUID]) -> Mapping[UUID, TeamRole]:
        found = await self.memberships(team_id, user_ids)
        return {user_id: member.role for user_id, member in found.items()}

    async def remove(self, team_id: UUID) -> list[UUID]:
        self._teams.pop(team_id, None)
        return [*self._members.pop(team_id, {})]

    def _role(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        member = self._members.get(team_id, {}).get(user_id)
        return member.role if member is not None else None


@dataclass(frozen=True, slots=True)
class _Waiting:
    team_id: UUID
    invitation: Invitation
    digest: bytes | None = None


class FakeInvitationRepository(InvitationRepository):
    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._waiting: dict[UUID, _Waiting] = {}

    async def put(
        self,
        invitation_id: UUID,
        team_id: UUID,
        email: str,
        role: TeamRole,
        *,
        lifetime: timedelta,
    ) -> Invitation:
        for earlier in list(self._waiting.values()):
            same_mailbox = identity_of(earlier.invitation.email) == identity_of(email)
            if earlier.team_id == team_id and same_mailbox:
                del self._waiting[earlier.invitation.id]
        now = self._clock()
        invitation = Invitation(
            id=invitation_id, email=email, role=role, created_at=now, expires_at=now + lifetime
        )
        self._waiting[invitation_id] = _Waiting(team_id, invitation)
        return invitation

    async def count(self, team_id: UUID) -> int:
        return sum(waiting.team_id == team_id for waiting in self._current())

    async def page(self, team_id: UUID, *, before: UUID, limit: int) -> list[Invitation]:
        found = [
            waiting.invitation
            for waiting in self._current()
            if waiting.team_id == team_id and waiting.invitation.id < before
        ]
        return sorted(found, key=lambda invitation: invitation.id, reverse=True)[:limit]

    async def set_digest(self, invitation_id: UUID, digest: bytes) -> str | None:
        for waiting in self._current():
            if waiting.invitation.id == invitation_id:
                self._waiting[invitation_id] = replace(waiting, digest=digest)
                return waiting.invitation.email
        return None

    async def find(self, digest: bytes) -> Invited | None:
        waiting = self._of(digest)
        if waiting is None:
            return None
        return Invited(waiting.team_id, waiting.invitation.email, waiting.invitation.role)

    async def use(self, digest: bytes) -> Invited | None:
        waiting, invited = self._of(digest), await self.find(digest)
        if waiting is not None:
            del self._waiting[waiting.invitation.id]
        return invited

    async def revoke(self, team_id: UUID, invitation_id: UUID) -> bool:
        waiting = self._waiting.get(invitation_id)
        if waiting is None or waiting.team_id != team_id:
            return False
        del self._waiting[invitation_id]
        return True

    async def purge(self, limit: int) -> int:
        current = {waiting.invitation.id for waiting in self._current()}
        expired = sorted(
            (waiting.invitation.expires_at, invitation_id)
            for invitation_id, waiting in self._waiting.items()
            if invitation_id not in current
        )[:limit]
        for _, invitation_id in expired:
            del self._waiting[invitation_id]
        return len(expired)

    def _current(self) -> list[_Waiting]:
        now = self._clock()
        return [item for item in self._waiting.values() if item.invitation.expires_at > now]

    def _of(self, digest: bytes) -> _Waiting | None:
        return next((item for item in self._current() if item.digest == digest), None)
