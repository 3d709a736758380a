import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from BE.core.context import current_request
from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.core.http.pagination import Cursors, Page
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionEnded
from BE.core.types import new_id
from BE.modules.auth.exceptions import SessionNotFound
from BE.modules.auth.models import Account, Device, OpenSession, Purpose, SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.revocations import Revocations

_NEWEST = UUID(int=2**128 - 1)
_SALT_BYTES = 16
_DELETED_AT_ONCE = 1000


class SessionService:
    """Opens, lists and ends the sessions of an account."""

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
        return self._cursors.page(scope, sessions, limit, lambda session: [session.id])

    async def open(self, account: Account, device: Device) -> tuple[UUID, bytes] | None:
        """Open a session; ``None`` if the account is gone or no longer as given.

        If an account has too many sessions, the least recently used end.
        """
        session_id, salt = new_id(), secrets.token_bytes(_SALT_BYTES)
        ended = await self._repository.add_session(session_id, account, salt, device, self._policy)
        if ended is None:
            return None
        self._revoke(ended)
        return session_id, salt

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        """Continue a session whose tokens another issuer makes, or open one if it has expired.

        ``None`` if the account is gone. Raises :class:`SessionEnded` if the session was ended
        after ``since``, or if the account is not active.
        """
        async with self._db.transaction():
            session = await self._repository.lock_session(session_id) if session_id else None
            account = await self._repository.account_by_id(account_id)
            if account is None:
                return None
            if session is not None and session.ended_since(since):
                raise SessionEnded
            if session is not None and session.is_open(self._policy):
                await self._repository.vouch_for_session(session.id)
                return Principal(account.id, session.id, account.role)
            context = current_request()
            device = Device(user_agent=None, ip=context.client_ip if context else None)
            opened = await self.open(account, device)
            if opened is None:
                raise SessionEnded  # the account is not active, or changes at this moment
            await self._repository.vouch_for_session(opened[0])
            return Principal(account.id, opened[0], account.role)

    async def end_one(self, account_id: UUID, session_id: UUID) -> None:
        """Raises :class:`SessionNotFound`, also for a session of another user."""
        async with self._db.transaction():
            if not await self.end(account_id, only=session_id):
                raise SessionNotFound

    async def end_others(self, caller: Principal) -> None:
        """End the sessions of an account but the caller's."""
        async with self._db.transaction():
            await self.end(caller.user_id, but=caller.session_id)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete expired sessions, in short batches."""
        while await self._repository.delete_expired_sessions(self._policy, limit=_DELETED_AT_ONCE):
            pass

    async def end(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        """End sessions in the ambient transaction, and return how many.

        Ending all sessions, or all ``but`` one, also ends the mailed link to reset the password,
        and pending second factors and email changes: nothing issued before is trusted any more.
        This process notices when the transaction commits, the others within a second.
        """
        if only is None:
            await self._repository.end_one_time_tokens(account_id, Purpose.RESET_PASSWORD)
            await self._repository.end_unanswered(account_id, but)
        ended = await self._repository.end_sessions(account_id, self._policy, only=only, but=but)
        self._revoke(ended)
        return len(ended)

    def _revoke(self, ended: Sequence[UUID]) -> None:
        for session_id in ended:
            self._db.after_commit(partial(self._revocations.add, session_id))
