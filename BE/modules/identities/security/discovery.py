"""A provider's metadata about itself (OpenID Connect Discovery 1.0)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

from BE.core.outside.answers import CallFailed
from BE.core.outside.client import OutsideClient
from BE.modules.identities.security.trusted_issuers import ASYMMETRIC

log = structlog.get_logger(__name__)

_FRESH = 3600.0
_FAILURE_PAUSE = 5.0
_STALE_AT_MOST = 86_400.0
_BASIC = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Metadata:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: tuple[str, ...]
    """The asymmetric ones with which it signs ID tokens."""
    takes_basic_authentication: bool
    names_itself: bool
    """Whether its answers contain ``iss`` (RFC 9207)."""


class Discovery:
    """The metadata of ``issuer``: fetched when needed, an hour fresh, a day through an outage."""

    def __init__(
        self, issuer: str, client: OutsideClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._found: Metadata | None = None
        self._fetched_at = self._next_fetch_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self) -> Metadata:
        """Raises :class:`CallFailed` if there is none and none can be fetched."""
        async with self._fetching:
            if self._clock() >= self._next_fetch_at:
                await self._refresh()
        if self._found is None:
            raise CallFailed("no metadata")
        return self._found

    async def _refresh(self) -> None:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            answer = await self._client.get(address)
            self._found = _read(answer.require_ok().json(), self._issuer)
        except CallFailed as failure:
            log.warning("provider_metadata_unavailable", url=address, reason=str(failure))
            now = self._clock()
            self._next_fetch_at = now + _FAILURE_PAUSE
            if now - self._fetched_at > _STALE_AT_MOST:
                self._found = None
        else:
            self._fetched_at = self._clock()
            self._next_fetch_at = self._fetched_at + _FRESH


def _read(document: Any, issuer: str) -> Metadata:
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise CallFailed("the metadata of another issuer")
    offered = document.get("id_token_signing_alg_values_supported", ["RS256"])
    methods = document.get("token_endpoint_auth_methods_supported", [_BASIC])
    if not isinstance(offered, list) or not isinstance(methods, list):
        raise CallFailed("malformed metadata")
    algorithms = tuple(sorted(ASYMMETRIC & {name for name in offered if isinstance(name, str)}))
    if not algorithms:
        raise CallFailed("no asymmetric signature for ID tokens")
    has_userinfo = document.get("userinfo_endpoint") is not None
    return Metadata(
        authorization_endpoint=_endpoint(document, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(document, "token_endpoint", issuer),
        jwks_uri=_endpoint(document, "jwks_uri", issuer),
        userinfo_endpoint=(
            _endpoint(document, "userinfo_endpoint", issuer) if has_userinfo else None
        ),
        algorithms=algorithms,
        takes_basic_authentication=_BASIC in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: dict[str, Any], name: str, issuer: str) -> str:
    """An address of the document, which must be as secure in transit as the issuer's."""
    value = document.get(name)
    if not isinstance(value, str):
        raise CallFailed(f"no {name}")
    try:
        parts = urlsplit(value)
    except ValueError:
        raise CallFailed(f"{name} is no address") from None
    allowed = {"https"} if urlsplit(issuer).scheme == "https" else {"https", "http"}
    if parts.scheme not in allowed or not parts.hostname or parts.fragment:
        raise CallFailed(f"{name} is no safe address")
    return value
