from collections.abc import Sequence

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.modules.auth.events import TokenReuseDetected
from BE.modules.auth.exceptions import (
    ForgedRefreshToken,
    InvalidRefreshToken,
    RefreshTokenReused,
)
from BE.modules.auth.models import Device, RefreshVerdict, Session, SessionPolicy, SignIn
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import address_allowances
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.security.refresh_tokens import RefreshToken
from BE.modules.auth.service.presented_sessions import PresentedSessions
from BE.modules.auth.service.session_tokens import SessionTokens
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.throttle import Throttle


class RefreshService:
    """Keeps people signed in: each use of a refresh token rotates it."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        tokens: SessionTokens,
        presented: PresentedSessions,
        email_digests: EmailDigests,
        sessions: SessionService,
        throttle: Throttle,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._tokens = tokens
        self._presented = presented
        self._email_digests = email_digests
        self._sessions = sessions
        self._throttle = throttle
        self._policy = policy

    async def refresh(self, tokens: Sequence[str], device: Device) -> SignIn:
        """Rotate the session of the first good one of ``tokens``.

        Raises :class:`InvalidRefreshToken` and, once the session is ended for good,
        :class:`RefreshTokenReused`. Forged tokens count as failures of the address; after too many
        of them it raises :class:`RateLimitedError`. A valid token is never refused for them.
        """
        try:
            return await self._refresh(tokens, device)
        except ForgedRefreshToken:
            await self._throttle.draw(address_allowances(device))
            raise

    async def _refresh(self, tokens: Sequence[str], device: Device) -> SignIn:
        received = self._presented.read(tokens)
        if not received:
            raise ForgedRefreshToken
        async with self._db.transaction():
            session, verdict = await self._judge(received, device.mark)
            account = await self._repository.account_by_id(session.account_id)
            if account is None:
                raise InvalidRefreshToken
            self._email_digests.note(account.email)
            if verdict is RefreshVerdict.REFUSED:
                raise InvalidRefreshToken
            if verdict is RefreshVerdict.REUSED:
                await self._sessions.end(session.account_id, only=session.id)
                await self._events.publish(
                    TokenReuseDetected(user_id=session.account_id, session_id=session.id)
                )
            else:
                generation = session.generation
                if verdict is RefreshVerdict.ROTATE:
                    generation = await self._repository.rotate_session(session.id, device.mark)
                elif verdict is RefreshVerdict.RETRY and not session.is_retrying(self._policy):
                    await self._repository.note_retry(session.id)
                return self._tokens.issue(account, session.id, session.salt, generation)
        raise RefreshTokenReused  # outside: raised inside, it would undo the end of the session

    async def _judge(
        self, received: Sequence[RefreshToken], mark: bytes
    ) -> tuple[Session, RefreshVerdict]:
        """The session to refresh, or else the one to refuse, and why.

        Raises :class:`ForgedRefreshToken` if no token is authentic.
        """
        judged = []
        async for session, generation in self._presented.lock(received):
            verdict = session.judge(generation, self._policy, mark)
            judged.append((session, verdict))
            if verdict.is_good:
                break
        if not judged:
            raise ForgedRefreshToken
        return min(judged, key=lambda judgement: judgement[1].value)
