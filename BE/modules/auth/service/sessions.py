from functools import partial
from uuid import UUID

from BE.core.database import Database
from BE.core.pagination import Cursors, Page
from BE.core.security.revocations import Revocations
from BE.modules.auth.exceptions import SessionNotFound
from BE.modules.auth.models import OpenSession, SessionPolicy
from BE.modules.auth.repository import AuthRepository

_NEWEST = UUID(int=2**128 - 1)


class SessionService:
    """Where an account is signed in, and the end of it."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        revocations: Revocations,
        cursors: Cursors,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._db = database
        self._repository = repository
        self._revocations = revocations
        self._cursors = cursors
        self._policy = policy

    async def list(self, account_id: UUID, *, limit: int, cursor: str | None) -> Page[OpenSession]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"sessions:{account_id}"
        before = _NEWEST if cursor is None else UUID(self._cursors.open(scope, cursor)[0])
        sessions = await self._repository.open_sessions(
            account_id, self._policy, before=before, limit=limit + 1
        )
        if len(sessions) <= limit:
            return Page(sessions, None)
        return Page(sessions[:limit], self._cursors.seal(scope, [sessions[limit - 1].id]))

    async def log_out(self, account_id: UUID, session_id: UUID) -> None:
        async with self._db.transaction():
            await self.end(account_id, only=session_id)

    async def log_out_everywhere(self, account_id: UUID) -> None:
        async with self._db.transaction():
            await self.end(account_id)

    async def end_one(self, account_id: UUID, session_id: UUID) -> None:
        """Raises :class:`SessionNotFound`, also for a session of somebody else."""
        async with self._db.transaction():
            if not await self.end(account_id, only=session_id):
                raise SessionNotFound

    async def end(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        """End sessions in the transaction at hand, and tell how many there were.

        This process knows as soon as it commits, the others within a second.
        """
        ended = await self._repository.end_sessions(account_id, self._policy, only=only, but=but)
        for session_id in ended:
            self._db.after_commit(partial(self._revocations.add, session_id))
        return len(ended)
