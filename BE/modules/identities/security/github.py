import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from BE.core.outside.answers import Answer
from BE.core.outside.client import OutsideClient
from BE.modules.identities.security.arrivals import Arrival
from BE.modules.identities.security.assertions import Assertion, Refused, email_of, name_in
from BE.modules.identities.security.flows import Flow
from BE.modules.identities.security.provider_settings import ProviderSettings

_PUBLIC = "https://github.com"
_API_OF_PUBLIC = "https://api.github.com"


class GitHub:
    """GitHub, or a GitHub Enterprise Server: it uses OAuth 2.0, without ID tokens.

    In place of a signed statement it uses the API's answers to the token for our code, over TLS.
    State, PKCE and a redirect address of its own bind them to the browser.
    """

    def __init__(self, settings: ProviderSettings, client: OutsideClient) -> None:
        self._settings = settings
        self._client = client
        self._site = settings.issuer.rstrip("/")
        self._api = _API_OF_PUBLIC if self._site == _PUBLIC else f"{self._site}/api/v3"

    async def address_for(self, flow: Flow, redirect_uri: str) -> str:
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.scope,
            "state": flow.state,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._site}/login/oauth/authorize?{urlencode(query)}"

    async def redeem(self, arrival: Arrival, code: str, flow: Flow, redirect_uri: str) -> Assertion:
        """Exchange the code for the token's user, and their addresses.

        Raises :class:`Refused`, and :class:`CallFailed` if GitHub does not answer.
        """
        if arrival.iss not in {None, self._site, f"{self._site}/login/oauth"}:
            raise Refused("issuer of another provider")
        token = await self._exchange(code, flow, redirect_uri)
        user = await self._ask("/user", token)
        number = user.get("id") if isinstance(user, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
            raise Refused("subject")
        email, is_verified = _best(await self._ask("/user/emails", token))
        return Assertion(
            issuer=self._settings.issuer,
            subject=str(number),
            issued_at=datetime.now(UTC),
            expires_at=time.time(),
            email=email,
            email_verified=is_verified,
            name=name_in(user) or name_in({"name": user.get("login")}),
        )

    async def close(self) -> None:
        """Keeps nothing open."""

    async def _exchange(self, code: str, flow: Flow, redirect_uri: str) -> str:
        form = {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        answer = await self._client.post(f"{self._site}/login/oauth/access_token", form)
        tokens = _content_of(answer)
        token = tokens.get("access_token") if isinstance(tokens, dict) else None
        if not isinstance(token, str) or not token.isascii():
            raise Refused("code refused")  # GitHub reports it with status 200
        return token

    async def _ask(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        return _content_of(await self._client.get(self._api + path, headers))


def _content_of(answer: Answer) -> Any:
    if 400 <= answer.status < 500:  # noqa: PLR2004 - the class of a status
        raise Refused(f"status {answer.status}")
    return answer.require_ok().json()


def _best(emails: Any) -> tuple[str | None, bool]:
    """The primary address if it is verified, or else another verified one, or else the primary."""
    if not isinstance(emails, list):
        return None, False
    usable = [
        (entry.get("verified") is True, entry.get("primary") is True, address)
        for entry in emails
        if isinstance(entry, dict) and (address := email_of(entry.get("email"))) is not None
    ]
    is_verified, _, address = max(usable, key=lambda one: one[:2], default=(False, False, None))
    return address, is_verified
