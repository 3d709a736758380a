from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.core.http.pagination import Cursors, Page
from BE.core.security.link_tokens import link_digest, new_link_token
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole, is_at_least
from BE.core.types import new_id
from BE.modules.teams.events import (
    TeamInvitationCreated,
    TeamInvitationRevoked,
    TeamMemberJoined,
)
from BE.modules.teams.exceptions import (
    InvitationNotFound,
    InvitedByAnotherEmail,
    TooManyInvitations,
    TooManyMembers,
)
from BE.modules.teams.models import Invitation, Team, may_give
from BE.modules.teams.ports import Mailboxes, MailsToOthers
from BE.modules.teams.repository import InvitationRepository, TeamRepository

_NEWEST = UUID(int=2**128 - 1)
_LIFETIME = timedelta(days=7)
_PURGED_AT_ONCE = 500


class InvitationService:
    """Invites by mail. Nothing here depends on whether an address has an account.

    Locks are taken in one order: the account, the team, the invitation.
    """

    def __init__(
        self,
        database: Database,
        repository: InvitationRepository,
        teams: TeamRepository,
        events: EventBus,
        cursors: Cursors,
        mailboxes: Mailboxes,
        mails: MailsToOthers,
        *,
        most: int = 500,
        most_members: int = 1000,
    ) -> None:
        """``most`` invitations of a team may be pending, and it may have ``most_members``."""
        self._db = database
        self._repository = repository
        self._teams = teams
        self._events = events
        self._cursors = cursors
        self._mailboxes = mailboxes
        self._mails = mails
        self._most = most
        self._most_members = most_members

    async def invite(
        self, inviter_id: UUID, team_id: UUID, email: str, role: TeamRole
    ) -> Invitation:
        """Invite, in place of an earlier invitation to the address.

        Raises :class:`TeamNotFound`, :class:`RoleTooLow`, :class:`TooManyInvitations`,
        :class:`RateLimitedError`.
        """
        await self._mails.draw(inviter_id, email)
        async with self._db.transaction():
            own = await self._lock(inviter_id, team_id)
            if not may_give(own, role):
                raise RoleTooLow
            invitation = await self._repository.put(
                new_id(), team_id, email, role, lifetime=_LIFETIME
            )
            if await self._repository.count(team_id) > self._most:
                raise TooManyInvitations(self._most)
            await self._events.publish(
                TeamInvitationCreated(team_id=team_id, invitation_id=invitation.id, role=role)
            )
        return invitation

    async def page(self, team_id: UUID, *, limit: int, cursor: str | None) -> Page[Invitation]:
        """Those that can be accepted, the newest first. Raises :class:`InvalidCursor`."""
        scope = f"invitations:{team_id}"
        before = UUID(self._cursors.open(scope, cursor)[0]) if cursor is not None else _NEWEST
        found = await self._repository.page(team_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, found, limit, lambda invitation: [invitation.id])

    async def revoke(self, actor_id: UUID, team_id: UUID, invitation_id: UUID) -> None:
        """Raises :class:`TeamNotFound`, :class:`RoleTooLow`, :class:`InvitationNotFound`."""
        async with self._db.transaction():
            if not is_at_least(await self._lock(actor_id, team_id), "admin"):
                raise RoleTooLow
            if not await self._repository.revoke(team_id, invitation_id):
                raise InvitationNotFound
            await self._events.publish(
                TeamInvitationRevoked(team_id=team_id, invitation_id=invitation_id)
            )

    async def issue(self, invitation_id: UUID) -> tuple[str, str] | None:
        """Return the mailbox and a new token, which ends the earlier one.

        ``None`` if the invitation was used, revoked or replaced.
        """
        token = new_link_token()
        mailbox = await self._repository.set_digest(invitation_id, link_digest(token))
        return (mailbox, token) if mailbox is not None else None

    async def accept(self, user_id: UUID, token: str) -> Team:
        """Join; an existing member keeps the role.

        Raises :class:`InvitationNotFound`, :class:`InvitedByAnotherEmail`,
        :class:`TooManyMembers`.
        """
        digest = link_digest(token)
        async with self._db.transaction():
            found = await self._repository.find(digest)
            if found is None:
                raise InvitationNotFound
            if not await self._mailboxes.prove(user_id, found.email):
                raise InvitedByAnotherEmail
            await self._teams.lock(found.team_id)
            invited = await self._repository.use(digest)
            if invited is None:
                raise InvitationNotFound
            if await self._teams.add_member(invited.team_id, user_id, invited.role):
                if await self._teams.count_members(invited.team_id) > self._most_members:
                    raise TooManyMembers(self._most_members)
                await self._events.publish(
                    TeamMemberJoined(team_id=invited.team_id, user_id=user_id, role=invited.role)
                )
            team = await self._teams.get(user_id, invited.team_id)
        if team is None:
            raise TeamNotFound
        return team

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete expired invitations, in short batches."""
        while await self._repository.purge(_PURGED_AT_ONCE) == _PURGED_AT_ONCE:
            pass

    async def _lock(self, actor_id: UUID, team_id: UUID) -> TeamRole:
        """Lock the team; return the actor's role. Raises :class:`TeamNotFound`."""
        await self._teams.lock(team_id)
        role = await self._teams.role_of(actor_id, team_id)
        if role is None:
            raise TeamNotFound
        return role
