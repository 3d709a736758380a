from collections.abc import Sequence

from BE.core.database.database import Database
from BE.core.exceptions import UnauthorizedError
from BE.core.security.principals import Principal
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.refresh_tokens import RefreshToken
from BE.modules.auth.service.presented_sessions import PresentedSessions
from BE.modules.auth.service.sessions import SessionService


class SignOutService:
    """Signs people out by everything that names their session, so that no one stays signed in.

    That is an access token, even an expired one, and refresh tokens. If they name several sessions,
    all of them end.
    """

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        presented: PresentedSessions,
        sessions: SessionService,
    ) -> None:
        self._db = database
        self._repository = repository
        self._presented = presented
        self._sessions = sessions

    async def sign_out(self, holder: Principal | None, refresh_tokens: Sequence[str]) -> None:
        """End the named sessions. ``holder`` is the holder of the access token."""
        named = {holder.session_id: holder.user_id} if holder else {}
        received = self._of_others(holder, refresh_tokens)
        if not named and not received:
            return
        async with self._db.transaction():
            async for session, _ in self._presented.lock(received):
                named[session.id] = session.account_id
            for session_id, account_id in named.items():
                await self._sessions.end(account_id, only=session_id)

    async def sign_out_everywhere(
        self, holder: Principal | None, refresh_tokens: Sequence[str]
    ) -> None:
        """End every session of the named accounts.

        A token of an ended session names no account: a user who was signed out must not sign out
        others. Raises :class:`UnauthorizedError` if nothing names an account.
        """
        received = self._of_others(holder, refresh_tokens)
        async with self._db.transaction():
            named = [session async for session, _ in self._presented.lock(received)]
            if holder is not None:
                session = await self._repository.lock_session(holder.session_id)
                named += [session] if session else []
            accounts = {session.account_id for session in named if session.ended_at is None}
            for account_id in accounts:
                await self._sessions.end(account_id)
        if not accounts:
            raise UnauthorizedError

    def _of_others(
        self, holder: Principal | None, refresh_tokens: Sequence[str]
    ) -> list[RefreshToken]:
        """The tokens of other sessions than the holder's: browsers send both of one session."""
        known = holder.session_id if holder else None
        received = self._presented.read(refresh_tokens)
        return [token for token in received if token.session_id != known]
