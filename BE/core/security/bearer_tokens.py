"""Verifies bearer tokens: our own, those of trusted issuers, and API keys."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from BE.core.security.access_tokens import AccessTokens, InvalidAccessToken
from BE.core.security.principals import Principal

API_KEY_PREFIX = "bnd_"

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The principal of a token that is not ours to verify. Times are in seconds since 1970."""

    principal: Principal
    expires_at: float
    again_at: float = float("inf")
    """When to exchange it again, even before it expires."""


class TokenExchange(Protocol):
    """Exchanges tokens for principals."""

    async def exchange(self, token: str) -> Exchanged:
        """Raises :class:`UnauthorizedError` for a token of no trusted issuer."""


class BearerTokens:
    """Verifies our own tokens, those of trusted issuers, and API keys.

    A foreign token or a key is exchanged once for a principal, which is remembered for the lifetime
    of our own tokens. So the end of a session or a key takes effect for their holders too.
    """

    def __init__(self, own: AccessTokens, others: TokenExchange, api_keys: TokenExchange) -> None:
        self._own = own
        self._others = others
        self._api_keys = api_keys
        self._exchanged: dict[str, tuple[Principal, float, float]] = {}
        """By token: its principal, until when that is remembered, and when the token expires."""

    async def verify(self, token: str) -> Principal:
        """Raises what :class:`AccessTokens` and the exchanges raise."""
        exchanged = self._exchanged.get(token)
        if exchanged is not None and time.monotonic() < exchanged[1]:
            return exchanged[0]
        try:
            return self._own.verify(token)
        except InvalidAccessToken:
            pass
        is_api_key = token.startswith(API_KEY_PREFIX)
        return await self._exchange(token, self._api_keys if is_api_key else self._others)

    def expires_at(self, token: str) -> float:
        """When a token that has just been verified expires, in seconds since 1970."""
        exchanged = self._exchanged.get(token)
        return self._own.expires_at(token) if exchanged is None else exchanged[2]

    async def _exchange(self, token: str, exchange: TokenExchange) -> Principal:
        exchanged_at = time.monotonic()  # before the session is read: it may end right after
        exchanged = await exchange.exchange(token)
        left = timedelta(seconds=min(exchanged.expires_at, exchanged.again_at) - time.time())
        until = exchanged_at + min(self._own.lifetime, left).total_seconds()
        self._exchanged.pop(token, None)
        while len(self._exchanged) >= _REMEMBERED:
            del self._exchanged[next(iter(self._exchanged))]
        self._exchanged[token] = (exchanged.principal, until, exchanged.expires_at)
        return exchanged.principal
