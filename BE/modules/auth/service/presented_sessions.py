from collections.abc import AsyncIterator, Sequence

from BE.modules.auth.models import Session
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.refresh_tokens import RefreshToken, RefreshTokens

_MOST_TOKENS = 10


class PresentedSessions:
    """Finds the sessions that refresh tokens name.

    A browser may present several: cookies of one name that other applications on the same host have
    set, or that have different paths.
    """

    def __init__(self, repository: AuthRepository, refresh_tokens: RefreshTokens) -> None:
        self._repository = repository
        self._refresh_tokens = refresh_tokens

    def read(self, tokens: Sequence[str]) -> list[RefreshToken]:
        """The well-formed ones of ``tokens``, ten at most."""
        received = [token for text in tokens if (token := self._refresh_tokens.read(text))]
        return received[:_MOST_TOKENS]

    async def lock(self, received: Sequence[RefreshToken]) -> AsyncIterator[tuple[Session, int]]:
        """Lock the session of each authentic token; yield it with the token's generation."""
        for token in received:
            session = await self._repository.lock_session(token.session_id)
            if (
                session is not None
                and self._refresh_tokens.is_authentic(token, session.salt)
                and token.generation <= session.generation
            ):
                yield session, token.generation
