"""Verifies bearer tokens, our own and those of trusted issuers."""

import time
from datetime import timedelta
from typing import Protocol

from BE.core.security.access_tokens import AccessTokens, InvalidAccessToken
from BE.core.security.principals import Principal

_REMEMBERED = 5_000


class TokenExchange(Protocol):
    """Exchanges the tokens of other issuers for principals."""

    async def exchange(self, token: str) -> tuple[Principal, float]:
        """The principal of another issuer's token, and when it expires, in seconds since 1970.

        Raises :class:`UnauthorizedError` for a token that no trusted issuer has made.
        """


class BearerTokens:
    """Verifies our own tokens, and those of trusted issuers.

    A foreign token is exchanged once for a principal, which is remembered for as long as a token of
    our own lives. So the end of a session takes effect for holders of foreign tokens too.
    """

    def __init__(self, own: AccessTokens, others: TokenExchange) -> None:
        self._own = own
        self._others = others
        self._exchanged: dict[str, tuple[Principal, float]] = {}

    async def verify(self, token: str) -> Principal:
        """Raises what :class:`AccessTokens` and the exchange raise."""
        exchanged = self._exchanged.get(token)
        if exchanged is not None and time.monotonic() < exchanged[1]:
            return exchanged[0]
        try:
            return self._own.verify(token)
        except InvalidAccessToken:
            pass
        return await self._exchange(token)

    def expires_at(self, token: str) -> float:
        """Until when a token that has just been verified counts, in seconds since 1970."""
        exchanged = self._exchanged.get(token)
        if exchanged is not None:
            return time.time() + exchanged[1] - time.monotonic()
        return self._own.expires_at(token)

    async def _exchange(self, token: str) -> Principal:
        asked_at = time.monotonic()  # before the session is read: it may end right after
        principal, expires_at = await self._others.exchange(token)
        left = timedelta(seconds=expires_at - time.time())
        until = asked_at + min(self._own.lifetime, left).total_seconds()
        self._exchanged.pop(token, None)
        while len(self._exchanged) >= _REMEMBERED:
            del self._exchanged[next(iter(self._exchanged))]
        self._exchanged[token] = (principal, until)
        return principal
