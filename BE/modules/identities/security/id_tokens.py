"""Verifies the ID token of a sign-in that we began (OpenID Connect Core §3.1.3.7, RFC 8725)."""

import hmac
import time
from typing import Any

import jwt
from jwt import PyJWK

from BE.modules.identities.security.assertions import Refused, subject_in

_MAX_LENGTH = 16_384
_CLOCK_SKEW = 10  # seconds that a provider's clock may be ahead of ours
_OLDEST = 600  # seconds since the ID token was issued
_REQUIRED = ["iss", "aud", "sub", "exp", "iat", "nonce"]


def header_of(token: Any, algorithms: tuple[str, ...]) -> tuple[str | None, str]:
    """The key's id and the algorithm, which must be one of ``algorithms``.

    Raises :class:`Refused`.
    """
    if not isinstance(token, str) or len(token) > _MAX_LENGTH:
        raise Refused("no ID token")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused("malformed ID token") from None
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    if algorithm not in algorithms:
        raise Refused("algorithm")
    if not isinstance(kind, str) or kind.lower() not in {"jwt", "id_token+jwt"}:
        raise Refused("type")
    if "crit" in header:
        raise Refused("critical extension")
    if not isinstance(kid, str | None):
        raise Refused("key id")
    return kid, algorithm


def verified_claims(
    token: str, key: PyJWK | None, *, algorithm: str, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """Raises :class:`Refused`."""
    if key is None:
        raise Refused("unknown key")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=client_id,
            leeway=_CLOCK_SKEW,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise Refused(type(error).__name__) from None
    now = time.time()
    if int(claims["exp"]) <= now:  # clock skew is allowed at the beginning, not at the end
        raise Refused("expired")
    if int(claims["iat"]) < now - _OLDEST:
        raise Refused("issued long ago")
    subject_in(claims)
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise Refused("nonce")
    # issued to several clients, or to another one for which we are only an audience
    if claims.get("azp", client_id) != client_id:
        raise Refused("authorised party")
    if claims["aud"] not in (client_id, [client_id]) and "azp" not in claims:
        raise Refused("several audiences")
    return claims
