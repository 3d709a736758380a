"""Signing in with GitHub, which has an API instead of ID tokens."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from tests.support.application import AppFactory
from tests.support.identities.provider import CLIENT, FakeProvider
from tests.support.identities.travels import START, session_of, settings_of, sign_in_at_provider

ADDRESSES = [
    {"email": "old@example.com", "primary": False, "verified": True},
    {"email": "ada@example.com", "primary": True, "verified": True},
]


@pytest.fixture
async def app(build_app: AppFactory, provider: FakeProvider) -> AsyncIterator[FastAPI]:
    """An application with a GitHub Enterprise Server: the same API at another address."""
    provider.answers["/api/v3/user"] = (200, {"id": 1815, "login": "ada", "name": None})
    provider.answers["/api/v3/user/emails"] = (200, [*ADDRESSES])
    async with build_app(oidc_providers=settings_of(provider, kind="github")) as app:
        yield app


async def test_a_sign_in_requests_the_scopes_of_user_and_emails(
    client: httpx.AsyncClient, provider: FakeProvider
) -> None:
    address = urlsplit((await client.get(START)).headers["location"])
    query = dict(parse_qsl(address.query))

    assert address.path == "/login/oauth/authorize"
    assert query["scope"] == "read:user user:email"
    assert query["code_challenge_method"] == "S256"


async def test_a_sign_in_takes_the_primary_address(
    client: httpx.AsyncClient, provider: FakeProvider
) -> None:
    answer = await sign_in_at_provider(client, provider, return_to="/stats")

    session = await session_of(client)
    assert answer.headers["location"] == "/stats"
    assert session is not None
    user = session["user"]
    assert (user["email"], user["email_verified"]) == ("ada@example.com", True)
    assert user["full_name"] == "ada"
    [form] = provider.forms("/login/oauth/access_token")
    assert form.items() >= CLIENT.items()
    assert form["code_verifier"]
    tokens = {
        headers.get("authorization") for path, headers, _ in provider.requests if "v3" in path
    }
    assert tokens == {"Bearer for-the-api"}


async def test_a_verified_address_is_preferred_to_an_unverified_primary_one(
    client: httpx.AsyncClient, provider: FakeProvider
) -> None:
    unverified = ADDRESSES[1] | {"verified": False}
    provider.answers["/api/v3/user/emails"] = (200, [unverified, ADDRESSES[0]])
    await sign_in_at_provider(client, provider)

    session = await session_of(client)
    assert session is not None
    assert session["user"]["email"] == "old@example.com"


@pytest.mark.parametrize(
    ("path", "status", "content", "code"),
    [
        ("/login/oauth/access_token", 200, {"error": "bad_verification_code"}, "refused"),
        ("/login/oauth/access_token", 200, [], "refused"),
        ("/login/oauth/access_token", 502, {}, "unavailable"),
        ("/api/v3/user", 401, {}, "refused"),
        ("/api/v3/user", 200, {"id": "1815"}, "refused"),
        ("/api/v3/user", 200, {"id": True}, "refused"),
        ("/api/v3/user", 200, {"login": "ada"}, "refused"),
        ("/api/v3/user", 200, [], "refused"),
        ("/api/v3/user", 503, {}, "unavailable"),
        ("/api/v3/user/emails", 404, {}, "refused"),
        ("/api/v3/user/emails", 500, {}, "unavailable"),
    ],
)
async def test_an_answer_without_a_user_signs_nobody_in(
    client: httpx.AsyncClient,
    provider: FakeProvider,
    path: str,
    status: int,
    content: Any,
    code: str,
) -> None:
    provider.answers[path] = (status, content)

    answer = await sign_in_at_provider(client, provider)

    assert answer.headers["location"] == f"/sign-in?error={code}"
    assert await session_of(client) is None


async def test_the_answer_of_another_provider_is_refused(
    client: httpx.AsyncClient, provider: FakeProvider
) -> None:
    answer = await sign_in_at_provider(client, provider, iss="https://other.example")

    assert answer.headers["location"] == "/sign-in?error=refused"
