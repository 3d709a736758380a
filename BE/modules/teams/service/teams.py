import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import PreconditionFailedError
from BE.core.http.pagination import Cursors, Page
from BE.core.security.team_roles import RoleTooLow, TeamNotFound, TeamRole, is_at_least
from BE.core.types import new_id
from BE.modules.teams.events import TeamCreated, TeamDeleted, TeamRenamed
from BE.modules.teams.exceptions import TooManyTeams
from BE.modules.teams.models import Team
from BE.modules.teams.repository import TeamRepository

_NEWEST = UUID(int=2**128 - 1)
_LONGEST_SLUG = 48


class TeamService:
    def __init__(
        self,
        database: Database,
        repository: TeamRepository,
        events: EventBus,
        cursors: Cursors,
        suffix: Callable[[], str] = lambda: secrets.token_hex(4),
        *,
        most: int = 100,
    ) -> None:
        """``most`` is how many teams one may own; ``suffix`` distinguishes equal slugs."""
        self._db = database
        self._repository = repository
        self._events = events
        self._cursors = cursors
        self._suffix = suffix
        self._most = most

    async def create(self, owner_id: UUID, name: str) -> Team:
        """Raises :class:`TooManyTeams`."""
        async with self._db.transaction():
            if await self._repository.count_owned_alone(owner_id) >= self._most:
                raise TooManyTeams(self._most)
            slug = slug_of(name)
            team = await self._repository.add(new_id(), name, slug, owner_id)
            while team is None:
                apart = f"{slug}-{self._suffix()}"
                team = await self._repository.add(new_id(), name, apart, owner_id)
            await self._events.publish(TeamCreated(team_id=team.id, owner_id=owner_id))
        return team

    async def page(self, user_id: UUID, *, limit: int, cursor: str | None) -> Page[Team]:
        """The user's teams, the newest first. Raises :class:`InvalidCursor`."""
        scope = f"teams:{user_id}"
        before = UUID(self._cursors.open(scope, cursor)[0]) if cursor is not None else _NEWEST
        found = await self._repository.page(user_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, found, limit, lambda team: [team.id])

    async def get(self, user_id: UUID, team_id: UUID) -> Team:
        """Raises :class:`TeamNotFound`, also where the user is no member."""
        team = await self._repository.get(user_id, team_id)
        if team is None:
            raise TeamNotFound
        return team

    async def rename(
        self, user_id: UUID, team_id: UUID, name: str | None, versions: Sequence[int] | None
    ) -> Team:
        """Change the name of a team in one of ``versions``, where ``None`` means any.

        Raises :class:`TeamNotFound`, :class:`RoleTooLow`, :class:`PreconditionFailedError`.
        """
        async with self._db.transaction():
            team = await self._lock(user_id, team_id, "admin", versions)
            if name is None:
                return team
            version = await self._repository.rename(team_id, name)
            await self._events.publish(TeamRenamed(team_id=team_id, team_version=version))
            return await self.get(user_id, team_id)

    async def delete(self, user_id: UUID, team_id: UUID, versions: Sequence[int] | None) -> None:
        """Raises :class:`TeamNotFound`, :class:`RoleTooLow`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            await self._lock(user_id, team_id, "owner", versions)
            member_ids = await self._repository.remove(team_id)
            await self._events.publish(TeamDeleted(team_id=team_id, member_ids=tuple(member_ids)))

    async def _lock(
        self, user_id: UUID, team_id: UUID, needed: TeamRole, versions: Sequence[int] | None
    ) -> Team:
        await self._repository.lock(team_id)
        team = await self.get(user_id, team_id)
        if not is_at_least(team.role, needed):
            raise RoleTooLow
        if versions is not None and team.version not in versions:
            raise PreconditionFailedError(team)
        return team


def slug_of(name: str) -> str:
    """The letters and digits of a name that a URL shows unescaped."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "team"
