import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import jwt

from BE.core.exceptions import UnauthorizedError
from BE.core.security.keys import KeyRing
from BE.core.types import new_id

_TYPE = "at+jwt"  # RFC 9068
_REMEMBERED = 10_000
_CLAIMS = ["iss", "aud", "sub", "sid", "role", "jti", "iat", "nbf", "exp"]


class InvalidAccessToken(UnauthorizedError):
    """The access token is not valid"""


class AccessTokenExpired(UnauthorizedError):
    """The access token has expired"""

    code = "TOKEN_EXPIRED"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for, as its access token says."""

    user_id: UUID
    session_id: UUID
    role: str


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
        self._authentic = lru_cache(maxsize=_REMEMBERED)(self._decode)

    def issue(self, principal: Principal) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(principal.user_id),
            "sid": str(principal.session_id),
            "role": principal.role,
            "jti": str(new_id()),
            "iat": now,
            "nbf": now,
            "exp": math.ceil((now + self.lifetime).timestamp()),  # PyJWT counts whole seconds
        }
        key = self._keys.signing
        headers = {"kid": key.kid, "typ": _TYPE}
        return jwt.encode(claims, key.secret, algorithm=self._algorithm, headers=headers)

    def verify(self, token: str) -> Principal:
        """Raises :class:`AccessTokenExpired` or :class:`InvalidAccessToken`.

        Only the configured algorithm and our own keys count, whatever the token's header
        says (RFC 8725). A signature is checked once, the expiry each time.
        """
        principal, expires_at = self._authentic(token)
        if time.time() >= expires_at:
            raise AccessTokenExpired
        return principal

    def _decode(self, token: str) -> tuple[Principal, float]:
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.find(header.get("kid", ""))
            if key is None or header.get("typ") != _TYPE:
                raise InvalidAccessToken
            claims = jwt.decode(
                token,
                key.secret,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": _CLAIMS, "strict_aud": True},
            )
            principal = Principal(UUID(claims["sub"]), UUID(claims["sid"]), str(claims["role"]))
            return principal, float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise AccessTokenExpired from None
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            raise InvalidAccessToken from None
