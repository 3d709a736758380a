"""A user without a password steps up by signing in with the linked provider again."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.auth.freshness import make_stale
from tests.support.client import Person, client_of
from tests.support.identities.provider import FakeProvider
from tests.support.identities.travels import (
    PROVIDERS,
    START,
    return_from_provider,
    session_of,
    settings_of,
    sign_in_at_provider,
)

WAYS = "/api/v1/auth/identities"
STEP_UP = f"{PROVIDERS}/onyx/step-up"
SECURITY = "/settings/security"


@pytest.fixture
async def app(build_app: AppFactory, provider: FakeProvider) -> AsyncIterator[FastAPI]:
    async with build_app(oidc_providers=settings_of(provider)) as app:
        yield app


@pytest.fixture
async def grace(client: httpx.AsyncClient, provider: FakeProvider, dsn: str) -> Person:
    """A user who signed up with the provider a while ago."""
    provider.user |= {"sub": "grace", "email": "grace@example.com", "name": "Grace Hopper"}
    await sign_in_at_provider(client, provider)
    session = await session_of(client)
    assert session is not None
    token, user = session["access_token"], session["user"]
    grace = Person(user["id"], user["email"], token, {"Authorization": f"Bearer {token}"})
    await make_stale(dsn, grace)
    return grace


async def begin(client: httpx.AsyncClient, person: Person, return_to: str = SECURITY) -> str:
    """Begin a step-up, and return where it sends the browser."""
    answer = await client.post(STEP_UP, json={"return_to": return_to}, headers=person.headers)
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["url"]
    return url


async def is_fresh(client: httpx.AsyncClient, person: Person) -> bool:
    answer = await client.post("/api/v1/auth/passkeys/options", headers=person.headers)
    return answer.status_code == 200


async def test_a_step_up_refreshes_the_session_and_opens_no_other(
    client: httpx.AsyncClient, provider: FakeProvider, grace: Person
) -> None:
    assert not await is_fresh(client, grace)

    answer = await return_from_provider(
        client, provider, await begin(client, grace, "/settings/api-keys")
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/api-keys")
    assert "refresh_token" not in str(answer.headers.get_list("set-cookie"))
    assert await is_fresh(client, grace)
    sessions = await client.get("/api/v1/auth/sessions", headers=grace.headers)
    assert len(sessions.json()["items"]) == 1


async def test_the_provider_is_asked_to_authenticate_again(
    client: httpx.AsyncClient, provider: FakeProvider, grace: Person
) -> None:
    signed_in = dict(provider.authorization_query)
    provider.visit(await begin(client, grace))

    assert "max_age" not in signed_in
    assert provider.authorization_query["max_age"] == "0"


async def test_the_list_of_ways_names_the_provider(
    client: httpx.AsyncClient, grace: Person
) -> None:
    [way] = (await client.get(WAYS, headers=grace.headers)).json()["items"]

    assert (way["kind"], way["provider"]) == ("provider", "onyx")


@pytest.mark.parametrize("subject", ["nobody-yet", "of-ada"])
async def test_another_identity_is_refused_and_not_linked(
    client: httpx.AsyncClient, provider: FakeProvider, ada: Person, grace: Person, subject: str
) -> None:
    provider.user |= {"sub": "of-ada", "email": "else@example.com"}
    begun = await client.post(f"{PROVIDERS}/onyx/link", json={}, headers=ada.headers)
    await return_from_provider(client, provider, begun.json()["url"])
    provider.user["sub"] = subject

    answer = await return_from_provider(client, provider, await begin(client, grace, "/stats"))

    assert answer.headers["location"] == f"{SECURITY}?error=another_identity"
    assert not await is_fresh(client, grace)
    assert len((await client.get(WAYS, headers=grace.headers)).json()["items"]) == 1


async def test_linking_a_provider_is_no_step_up(
    client: httpx.AsyncClient, provider: FakeProvider, ada: Person, dsn: str
) -> None:
    begun = await client.post(f"{PROVIDERS}/onyx/link", json={}, headers=ada.headers)
    await make_stale(dsn, ada)

    answer = await return_from_provider(client, provider, begun.json()["url"])

    assert answer.headers["location"] == SECURITY
    assert not await is_fresh(client, ada)


async def test_a_cancelled_sign_in_is_no_step_up(
    client: httpx.AsyncClient, provider: FakeProvider, grace: Person
) -> None:
    url = await begin(client, grace)

    answer = await return_from_provider(client, provider, url, code=None, error="access_denied")

    assert answer.headers["location"] == f"{SECURITY}?error=cancelled"
    assert not await is_fresh(client, grace)


async def test_an_ended_session_cannot_step_up(
    client: httpx.AsyncClient, provider: FakeProvider, grace: Person
) -> None:
    url = await begin(client, grace)
    await client.post("/api/v1/auth/logout", headers=grace.headers)

    answer = await return_from_provider(client, provider, url)

    assert answer.headers["location"] == f"{SECURITY}?error=expired"


async def test_a_step_up_completes_once_and_in_the_same_browser(
    app: FastAPI, client: httpx.AsyncClient, provider: FakeProvider, grace: Person, dsn: str
) -> None:
    url = await begin(client, grace)
    async with client_of(app) as other:
        await other.get(START)
        elsewhere = await return_from_provider(other, provider, url)
    cookies = dict(client.cookies)
    first = await return_from_provider(client, provider, url)
    await make_stale(dsn, grace)
    client.cookies.update(cookies)
    again = await return_from_provider(client, provider, url)

    assert elsewhere.headers["location"] == "/sign-in?error=expired"
    assert first.headers["location"] == SECURITY
    assert again.headers["location"] == f"{SECURITY}?error=expired"
    assert not await is_fresh(client, grace)


async def test_a_step_up_begins_only_for_a_signed_in_user_on_our_pages(
    client: httpx.AsyncClient, grace: Person
) -> None:
    foreign = {**grace.headers, "Origin": "https://evil.example"}
    unknown = f"{PROVIDERS}/unknown/step-up"
    answers = [
        await client.post(STEP_UP, json={}),
        await client.post(STEP_UP, json={}, headers=foreign),
        await client.post(unknown, json={}, headers=grace.headers),
        await client.post(STEP_UP, json={"return_to": "//evil.example"}, headers=grace.headers),
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 404, 422]
