"""A browser that signs in with another provider; the client holds its cookies."""

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


async def sign_in_at_provider(
    client: httpx.AsyncClient, provider: FakeProvider, *, return_to: str = "/", **changes: Any
) -> httpx.Response:
    """Sign in with the provider; ``changes`` replace parameters of its callback."""
    begun = await client.get(START, params={"return_to": return_to})
    assert begun.status_code == 303, begun.text
    return await return_from_provider(client, provider, begun.headers["location"], **changes)


async def return_from_provider(
    client: httpx.AsyncClient, provider: FakeProvider, address: str, **changes: Any
) -> httpx.Response:
    query = provider.visit(address) | changes
    return await client.get(
        CALLBACK, params={name: value for name, value in query.items() if value is not None}
    )


async def session_of(client: httpx.AsyncClient) -> dict[str, Any] | None:
    """The session of the browser's refresh cookie, if there is one."""
    answer = await client.post("/api/v1/auth/refresh", headers={"Origin": BASE_URL})
    session: dict[str, Any] = answer.json()
    return session if answer.status_code == 200 else None
