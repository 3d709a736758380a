import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from BE.core.outside.answers import CallFailed
from BE.core.outside.client import OutsideClient
from BE.modules.identities.security.arrivals import Arrival
from BE.modules.identities.security.assertions import (
    Assertion,
    Refused,
    email_of,
    is_verified,
    name_in,
)
from BE.modules.identities.security.discovery import Discovery, Metadata
from BE.modules.identities.security.flows import Flow
from BE.modules.identities.security.id_tokens import header_of, verified_claims
from BE.modules.identities.security.jwks import KeysUnavailable, RemoteKeys
from BE.modules.identities.security.provider_settings import ProviderSettings

_CLIENT_ERRORS = range(400, 500)


class OpenIdProvider:
    """An OpenID Connect provider: authorization code, PKCE and an ID token."""

    def __init__(self, settings: ProviderSettings, client: OutsideClient) -> None:
        self._settings = settings
        self._client = client
        self._discovery = Discovery(settings.issuer, client)
        self._keys: tuple[tuple[str, tuple[str, ...]], RemoteKeys] | None = None

    async def address_for(self, flow: Flow, redirect_uri: str) -> str:
        """The URL that the browser visits next. Raises :class:`CallFailed`."""
        metadata = await self._discovery.find()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.scope,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        if flow.errand is not None and flow.errand.kind == "step_up":
            query["max_age"] = "0"  # a session there is no proof; providers may ignore it
        endpoint = metadata.authorization_endpoint
        joint = "&" if urlsplit(endpoint).query else "?"
        return f"{endpoint}{joint}{urlencode(query)}"

    async def redeem(self, arrival: Arrival, code: str, flow: Flow, redirect_uri: str) -> Assertion:
        """Exchange the code for the provider's statement about its user.

        Raises :class:`Refused`, and :class:`CallFailed` if the provider does not answer.
        """
        metadata = await self._discovery.find()
        self._require_issuer(arrival, metadata)
        tokens = await self._exchange(code, flow, redirect_uri, metadata)
        claims = await self._verify(tokens.get("id_token"), flow, metadata)
        if "email" not in claims and metadata.userinfo_endpoint is not None:
            claims = await self._completed(claims, tokens, metadata.userinfo_endpoint)
        return Assertion(
            issuer=self._settings.issuer,
            subject=claims["sub"],
            issued_at=datetime.now(UTC),
            expires_at=time.time(),
            email=email_of(claims.get("email")),
            email_verified=is_verified(claims),
            name=name_in(claims),
        )

    async def close(self) -> None:
        if self._keys is not None:
            await self._keys[1].close()

    def _require_issuer(self, arrival: Arrival, metadata: Metadata) -> None:
        """Prevent another provider's code from being redeemed here (mix-up, RFC 9207)."""
        if arrival.iss is None and metadata.names_itself:
            raise Refused("no issuer")
        if arrival.iss is not None and arrival.iss != self._settings.issuer:
            raise Refused("issuer of another provider")

    async def _exchange(
        self, code: str, flow: Flow, redirect_uri: str, metadata: Metadata
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        client_id, secret = self._settings.client_id, self._settings.client_secret
        headers = {}
        if metadata.takes_basic_authentication:
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"  # RFC 6749 §2.3.1
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        answer = await self._client.post(metadata.token_endpoint, form, headers)
        if answer.status in _CLIENT_ERRORS:
            raise Refused(f"code refused with status {answer.status}")
        tokens = answer.require_ok().json()
        if not isinstance(tokens, dict):
            raise Refused("no tokens")
        return tokens

    async def _verify(self, token: Any, flow: Flow, metadata: Metadata) -> dict[str, Any]:
        kid, algorithm = header_of(token, metadata.algorithms)
        keys = await self._keys_of(metadata)
        try:
            key = await keys.find(kid, algorithm)
        except KeysUnavailable:
            raise CallFailed("no keys") from None
        return verified_claims(
            token,
            key,
            algorithm=algorithm,
            issuer=self._settings.issuer,
            client_id=self._settings.client_id,
            nonce=flow.nonce,
        )

    async def _completed(
        self, claims: dict[str, Any], tokens: dict[str, Any], endpoint: str
    ) -> dict[str, Any]:
        """The claims, with those that the provider gives only for the access token (§5.3)."""
        access_token = tokens.get("access_token")
        if not isinstance(access_token, str) or not access_token.isascii():
            return claims
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._client.get(endpoint, headers)
        more = answer.require_ok().json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise Refused("user info of somebody else")
        return more | claims

    async def _keys_of(self, metadata: Metadata) -> RemoteKeys:
        source = (metadata.jwks_uri, metadata.algorithms)
        if self._keys is not None and self._keys[0] == source:
            return self._keys[1]
        replaced, self._keys = self._keys, (source, RemoteKeys(*source, self._client))
        keys = self._keys[1]
        if replaced is not None:
            await replaced[1].close()
        return keys
