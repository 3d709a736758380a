"""Verifies the tokens of trusted issuers (RFC 8725), by configuration alone."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

import jwt
import structlog
from jwt import PyJWK

from BE.core.outside.client import OutsideClient
from BE.core.outside.outside import Outside
from BE.core.security.access_tokens import AccessTokenExpired, InvalidAccessToken
from BE.modules.identities.security.assertions import (
    Assertion,
    Refused,
    email_of,
    is_verified,
    name_in,
    subject_in,
)
from BE.modules.identities.security.jwks import RemoteKeys
from BE.modules.identities.security.trusted_issuers import TrustedIssuer

log = structlog.get_logger(__name__)

_MAX_LENGTH = 8192
_LONGEST_LIFE = 7 * 86_400
_CLOCK_SKEW = 10  # seconds that an issuer's clock may be ahead of ours

_REQUIRED = ["iss", "aud", "sub", "exp"]
_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}
# The same keys also sign for other uses: Keycloak's `typ`, tokens bound to a key (RFC 7800),
# security events (RFC 8417).
_KEYCLOAK_ACCESS = "Bearer"
_OTHER_USES = ("cnf", "events")


class _SharedSecret:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    async def find(self, _kid: str | None, _algorithm: str) -> bytes:
        return self._secret

    async def close(self) -> None:
        pass


type Keys = RemoteKeys | _SharedSecret


class ForeignTokens:
    """Verifies tokens of the trusted issuers; a context manager that ends its fetches."""

    def __init__(self, issuers: Sequence[TrustedIssuer], outside: Outside) -> None:
        client = outside.operators_client("trusted_issuers")
        self._issuers = {issuer.issuer: (issuer, _keys_of(issuer, client)) for issuer in issuers}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _issuer, keys in self._issuers.values():
            await keys.close()

    async def read(self, token: str) -> Assertion:
        """Verify a token, by the rules of the issuer that it names.

        Raises :class:`AccessTokenExpired`, :class:`InvalidAccessToken`, and
        :class:`KeysUnavailable` if the issuer's keys cannot be fetched.
        """
        issuer, keys, header = self._claimed(token)
        try:
            kid, algorithm = _require_header(header, issuer)
            key = await keys.find(kid, algorithm)
            return _assertion(_verified(token, issuer, key))
        except jwt.ExpiredSignatureError:
            raise AccessTokenExpired from None
        except (Refused, jwt.PyJWTError) as error:
            reason = str(error) if isinstance(error, Refused) else type(error).__name__
            log.info("foreign_token_refused", issuer=issuer.issuer, reason=reason)
            raise InvalidAccessToken from None

    def _claimed(self, token: str) -> tuple[TrustedIssuer, Keys, dict[str, Any]]:
        """The issuer that an unverified token names, its keys, and the token's header."""
        if len(token) > _MAX_LENGTH:
            raise InvalidAccessToken
        try:
            claimed = jwt.decode_complete(token, options={"verify_signature": False})
            issuer, keys = self._issuers[claimed["payload"]["iss"]]
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            raise InvalidAccessToken from None
        return issuer, keys, claimed["header"]


def _keys_of(issuer: TrustedIssuer, client: OutsideClient) -> Keys:
    if issuer.secret is not None:
        return _SharedSecret(issuer.secret)
    return RemoteKeys(issuer.jwks_url or "", issuer.algorithms, client)


def _require_header(header: dict[str, Any], issuer: TrustedIssuer) -> tuple[str | None, str]:
    """The key's id and the algorithm, which must be one of those configured."""
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
    if algorithm not in issuer.algorithms:
        raise Refused("algorithm")
    if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise Refused("type")
    if "crit" in header:
        raise Refused("critical extension")
    if not isinstance(kid, str | None):
        raise Refused("key id")
    return kid, algorithm


def _verified(token: str, issuer: TrustedIssuer, key: PyJWK | bytes | None) -> dict[str, Any]:
    if key is None:
        raise Refused("unknown key")
    return jwt.decode(
        token,
        key,
        algorithms=issuer.algorithms,
        issuer=issuer.issuer,
        audience=issuer.audience,
        leeway=_CLOCK_SKEW,
        options={"require": _REQUIRED, "enforce_minimum_key_length": True},
    )


def _assertion(claims: dict[str, Any]) -> Assertion:
    expires_at = int(claims["exp"])
    now = time.time()
    if expires_at <= now:  # clock skew is allowed at the beginning, not at the end
        raise AccessTokenExpired
    if expires_at > now + _LONGEST_LIFE + _CLOCK_SKEW:
        raise Refused("lifetime")
    if claims.get("typ", _KEYCLOAK_ACCESS) != _KEYCLOAK_ACCESS or any(
        claim in claims for claim in _OTHER_USES
    ):
        raise Refused("use")
    # without `iat` assume the oldest possible token
    issued_at = int(claims.get("iat", expires_at - _LONGEST_LIFE))
    return Assertion(
        issuer=claims["iss"],
        subject=subject_in(claims),
        issued_at=datetime.fromtimestamp(max(issued_at, 0), UTC),
        expires_at=float(expires_at),
        email=email_of(claims.get("email")),
        email_verified=is_verified(claims),
        name=name_in(claims),
    )
