import time
from collections.abc import Callable
from uuid import UUID

from BE.core.database.database import Database
from BE.core.security.team_roles import TeamRole
from BE.modules.teams.events import TeamDeleted, TeamMemberRemoved, TeamMemberRoleChanged
from BE.modules.teams.repository import TeamRepository

_KEPT = 1.0
_MOST = 10_000


class KnownRoles:
    """The roles that were read within the last second, in the memory of this process.

    Any removal of a role in this process clears all of them, before it is answered; a change in
    another process is seen within the second. That suffices only for reading: writers read the role
    again in their transaction.
    """

    def __init__(
        self,
        database: Database,
        repository: TeamRepository,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = database
        self._repository = repository
        self._now = now
        self._known: dict[tuple[UUID, UUID], tuple[TeamRole, float]] = {}

    def known_role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        """``None``: query the database."""
        role, read_at = self._known.get((user_id, team_id), (None, 0.0))
        return role if self._now() - read_at < _KEPT else None

    async def role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        """Query the database. ``None``: no member, or there is no such team."""
        known, read_at = self._known, self._now()
        role = await self._repository.role_of(user_id, team_id)
        if role is not None:
            # to the dictionary from before: if it was cleared meanwhile, the role may be outdated
            known[user_id, team_id] = role, read_at
            if len(known) > _MOST:
                known.clear()
        return role

    async def on_role_changed(
        self, _: TeamMemberRemoved | TeamMemberRoleChanged | TeamDeleted
    ) -> None:
        self._db.after_commit(self._forget)

    def _forget(self) -> None:
        self._known = {}
