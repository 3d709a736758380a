"""A browser that signs in with another provider: what it keeps are its cookies."""

from typing import Any

import httpx

from BE.modules.identities.security.provider_settings import ProviderSettings
from tests.support.client import BASE_URL
from tests.support.identities.provider import CLIENT, FakeProvider

PROVIDERS = "/api/v1/auth/providers"
START, CALLBACK = f"{PROVIDERS}/onyx/start", f"{PROVIDERS}/onyx/callback"


def settings_of(provider: FakeProvider, **changes: Any) -> tuple[ProviderSettings, ...]:
    """The provider as ``onyx``."""
    fields = {"name": "onyx", "issuer": provider.issuer, **CLIENT, **changes}
    return (ProviderSettings.model_validate(fields),)


async def travel(
    client: httpx.AsyncClient, provider: FakeProvider, *, return_to: str = "/", **said: Any
) -> httpx.Response:
    """Sign in with the provider; ``said`` replaces what it has the browser bring back."""
    begun = await client.get(START, params={"return_to": return_to})
    assert begun.status_code == 303, begun.text
    return await come_back(client, provider, begun.headers["location"], **said)


async def come_back(
    client: httpx.AsyncClient, provider: FakeProvider, address: str, **said: Any
) -> httpx.Response:
    query = provider.visit(address) | said
    return await client.get(
        CALLBACK, params={name: value for name, value in query.items() if value is not None}
    )


async def session_of(client: httpx.AsyncClient) -> dict[str, Any] | None:
    """Who is signed in, by the refresh cookie of the browser."""
    answer = await client.post("/api/v1/auth/refresh", headers={"Origin": BASE_URL})
    session: dict[str, Any] = answer.json()
    return session if answer.status_code == 200 else None
