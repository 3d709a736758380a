"""How many statements a usual request takes, and the requests: see test_statement_budget.py."""

import httpx

from tests.support.client import Person, sign_up
from tests.support.identities.travels import CALLBACK, PROVIDERS, START

BUDGET = {
    "list_providers": 0,
    "start_provider_sign_in": 0,
    "finish_provider_sign_in": 12,
    "start_provider_link": 1,
    "start_provider_step_up": 0,
    "list_identities": 3,
    "remove_identity": 7,
}

_WAYS = "/api/v1/auth/identities"


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    """Sign in with a provider, link one, and remove it."""
    await client.get(PROVIDERS)
    begun = await client.get(START)
    await _return_from_provider(client, begun.headers["location"], "ada")
    person = await sign_up(client)
    await client.post(f"{PROVIDERS}/onyx/step-up", json={}, headers=person.headers)
    begun = await client.post(f"{PROVIDERS}/onyx/link", json={}, headers=person.headers)
    [password] = (await client.get(_WAYS, headers=person.headers)).json()["items"]
    await _return_from_provider(client, begun.json()["url"], "bob")
    await client.delete(f"{_WAYS}/{password['id']}", headers=person.headers)


async def _return_from_provider(client: httpx.AsyncClient, address: str, subject: str) -> None:
    """Authorize at the provider as ``subject``, who has no email there."""
    async with httpx.AsyncClient() as browser:
        query = (await browser.get(f"{address}&sub={subject}")).json()
    await client.get(CALLBACK, params=query)
