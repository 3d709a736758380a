import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import jwt

from BE.core.database.row_ids import row_id
from BE.core.exceptions import UnauthorizedError
from BE.core.product import SLUG
from BE.core.security.base64url import decode
from BE.core.security.keys import KeyRing
from BE.core.security.principals import Principal, Role
from BE.core.types import new_id_text

OWN_ISSUER = SLUG

_TYPE = "at+jwt"  # RFC 9068
_REMEMBERED = 10_000
_MAX_LENGTH = 8192
_SEGMENTS = 3
_LEEWAY = 2  # seconds by which the clock of another machine of ours may be ahead
_ROUNDING = 2  # iat is rounded down to a whole second, exp up
_ROLES = get_args(Role.__value__)
_CLAIMS = ["iss", "aud", "sub", "sid", "role", "jti", "iat", "nbf", "exp"]


class InvalidAccessToken(UnauthorizedError):
    """The access token is not valid"""


class AccessTokenExpired(UnauthorizedError):
    """The access token has expired"""

    code = "TOKEN_EXPIRED"


class VerifiedTokens:
    """Remembers tokens whose signature was verified, until they expire or their session ends.

    Above the limit it drops the token that was verified first, which is the next to expire.
    """

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._known: dict[str, tuple[Principal, float]] = {}
        self._of_session: dict[UUID, set[str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, token: str) -> Principal | None:
        """``None`` for an unknown token. Raises :class:`AccessTokenExpired`."""
        known = self._known.get(token)
        if known is None:
            return None
        principal, expires_at = known
        if time.time() >= expires_at:
            self._drop(token)
            raise AccessTokenExpired
        return principal

    def add(self, token: str, principal: Principal, expires_at: float) -> None:
        if len(self._known) >= self._limit:
            self._drop(next(iter(self._known)))
        self._known[token] = principal, expires_at
        self._of_session.setdefault(principal.session_id, set()).add(token)

    def forget(self, session_id: UUID) -> None:
        for token in self._of_session.pop(session_id, ()):
            del self._known[token]

    def _drop(self, token: str) -> None:
        principal, _ = self._known.pop(token)
        siblings = self._of_session[principal.session_id]
        siblings.remove(token)
        if not siblings:
            del self._of_session[principal.session_id]


class AccessTokens:
    """Issues and verifies the short-lived JWTs of ``Authorization: Bearer``."""

    def __init__(
        self, keys: KeyRing, *, algorithm: str, lifetime: timedelta, issuer: str, audience: str
    ) -> None:
        self._keys = keys
        self._algorithm = algorithm
        self._issuer = issuer
        self._audience = audience
        self.lifetime = lifetime
        self._longest = lifetime.total_seconds() + _ROUNDING
        self._verified = VerifiedTokens()
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})

    def issue(self, principal: Principal) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(principal.user_id),
            "sid": str(principal.session_id),
            "role": principal.role,
            "jti": new_id_text(),
            "iat": now,
            "nbf": now,
            "exp": math.ceil((now + self.lifetime).timestamp()),  # PyJWT counts whole seconds
        }
        key = self._keys.signing
        headers = {"kid": key.kid, "typ": _TYPE}
        return self._jwt.encode(claims, key.secret, algorithm=self._algorithm, headers=headers)

    def verify(self, token: str) -> Principal:
        """Raises :class:`AccessTokenExpired` or :class:`InvalidAccessToken`.

        Only the configured algorithm and our own keys count, whatever the token's header
        says (RFC 8725). A signature is checked once, the expiry each time.
        """
        principal = self._verified.find(token)
        if principal is None:
            principal, expires_at = self._decode(token)
            if time.time() >= expires_at:  # the leeway is not for old tokens
                raise AccessTokenExpired
            self._verified.add(token, principal, expires_at)
        return principal

    def holder(self, token: str) -> Principal | None:
        """The principal of a token that is valid or has only expired; ``None`` for any other."""
        try:
            principal, _ = self._decode(token, verify_exp=False)
        except InvalidAccessToken:
            return None
        return principal

    def expires_at(self, token: str) -> float:
        """When a token that has been verified expires, in seconds since 1970."""
        _, expires_at = self._decode(token, verify_exp=False)
        return expires_at

    def forget(self, session_id: UUID) -> None:
        """Forget the tokens of a session that has ended."""
        self._verified.forget(session_id)

    def _decode(self, token: str, *, verify_exp: bool = True) -> tuple[Principal, float]:
        if not _is_canonical(token):
            raise InvalidAccessToken
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.find(header.get("kid", ""))
            if key is None or header.get("typ") != _TYPE:
                raise InvalidAccessToken
            claims = self._jwt.decode(
                token,
                key.secret,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY,
                options={"require": _CLAIMS, "strict_aud": True, "verify_exp": verify_exp},
            )
            return self._read(claims)
        except jwt.ExpiredSignatureError:
            raise AccessTokenExpired from None
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            raise InvalidAccessToken from None

    def _read(self, claims: dict[str, Any]) -> tuple[Principal, float]:
        """Raises :class:`InvalidAccessToken` for claims that :meth:`issue` does not write."""
        times = [claims[name] for name in ("iat", "nbf", "exp")]
        issued_at, _, expires_at = times
        are_numbers = all(type(moment) in {int, float} for moment in times)  # PyJWT takes text, too
        if claims["role"] not in _ROLES or not are_numbers:
            raise InvalidAccessToken
        lifetime = expires_at - issued_at
        if math.isnan(lifetime) or lifetime > self._longest:  # it would outlive its revocation
            raise InvalidAccessToken
        principal = Principal(row_id(claims["sub"]), row_id(claims["sid"]), claims["role"])
        return principal, float(expires_at)


def _is_canonical(token: str) -> bool:
    """Whether it is the only spelling of a compact JWS (RFC 7515 §7.1)."""
    segments = token.split(".", _SEGMENTS) if len(token) <= _MAX_LENGTH else []
    return len(segments) == _SEGMENTS and None not in map(decode, segments)
