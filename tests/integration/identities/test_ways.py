"""Ways to sign in are linked and removed, but never the last."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.types import new_id
from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.authenticator import Authenticator
from tests.support.auth.passkeys import PASSKEYS, add_passkey
from tests.support.client import PASSWORD, Person, client_of, delete_account, sign_up
from tests.support.identities.provider import FakeProvider
from tests.support.identities.travels import (
    PROVIDERS,
    START,
    return_from_provider,
    session_of,
    settings_of,
    sign_in_at_provider,
)
from tests.support.mailbox import Mailbox, text_of
from tests.support.postgres import execute

WAYS = "/api/v1/auth/identities"
LINK = f"{PROVIDERS}/onyx/link"
SETTINGS = "/settings/security"


@pytest.fixture
async def app(build_app: AppFactory, provider: FakeProvider) -> AsyncIterator[FastAPI]:
    async with build_app(oidc_providers=settings_of(provider, title="Onyx")) as app:
        yield app


async def link(client: httpx.AsyncClient, provider: FakeProvider, person: Person) -> httpx.Response:
    begun = await client.post(LINK, json={}, headers=person.headers)
    assert begun.status_code == 200, begun.text
    return await return_from_provider(client, provider, begun.json()["url"])


async def ways_of(client: httpx.AsyncClient, person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(WAYS, headers=person.headers)).json()["items"]
    return items


async def remove(client: httpx.AsyncClient, person: Person, way_id: str) -> int:
    return (await client.delete(f"{WAYS}/{way_id}", headers=person.headers)).status_code


class TestWays:
    async def test_of_a_new_user_are_the_password(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        [way] = await ways_of(client, ada)

        assert (way["kind"], way["id"]) == ("password", ada.id)

    async def test_name_the_provider_and_the_address_there(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        await link(client, provider, ada)

        _, way = await ways_of(client, ada)
        assert (way["kind"], way["name"], way["email"]) == ("provider", "Onyx", "ada@example.com")
        assert way["last_used_at"] is not None

    async def test_include_passkeys_and_the_last_one_stays(
        self, client: httpx.AsyncClient, ada: Person, dsn: str
    ) -> None:
        passkey_id = str(new_id())
        await execute(
            dsn,
            "INSERT INTO auth.passkey"
            " (id, account_id, credential_id, public_key, sign_count, transports, name, is_synced)"
            f" VALUES ('{passkey_id}', '{ada.id}', 'a', 'b', 0, '{{}}', 'Phone', false)",
        )
        _, way = await ways_of(client, ada)

        assert (way["id"], way["kind"], way["name"]) == (passkey_id, "passkey", "Phone")
        assert await remove(client, ada, ada.id) == 204
        assert await remove(client, ada, passkey_id) == 409

    async def test_of_a_provider_that_is_configured_no_longer_do_not_count(
        self,
        client: httpx.AsyncClient,
        provider: FakeProvider,
        ada: Person,
        build_app: AppFactory,
    ) -> None:
        await link(client, provider, ada)

        async with build_app() as app, client_of(app) as without:
            assert [way["kind"] for way in await ways_of(without, ada)] == ["password"]
            assert await remove(without, ada, ada.id) == 409


class TestRemoval:
    async def test_of_the_last_passkey_leaves_the_provider(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        passkey = await add_passkey(client, ada, Authenticator())
        assert await remove(client, ada, ada.id) == 204  # the password
        path = f"{PASSKEYS}/{passkey['id']}"

        refused = await client.delete(path, headers=ada.headers)
        await link(client, provider, ada)
        removed = await client.delete(path, headers=ada.headers)

        assert (refused.status_code, removed.status_code) == (409, 204)
        assert [way["kind"] for way in await ways_of(client, ada)] == ["provider"]

    async def test_of_a_passkey_and_the_provider_at_once_leaves_one(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        passkey = await add_passkey(client, ada, Authenticator())
        await link(client, provider, ada)
        assert await remove(client, ada, ada.id) == 204
        [way_id] = [way["id"] for way in await ways_of(client, ada) if way["kind"] == "provider"]

        answers = await asyncio.gather(
            client.delete(f"{PASSKEYS}/{passkey['id']}", headers=ada.headers),
            client.delete(f"{WAYS}/{way_id}", headers=ada.headers),
        )

        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert len(await ways_of(client, ada)) == 1

    async def test_of_a_passkey_removes_nothing_else(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        await link(client, provider, ada)

        for way in await ways_of(client, ada):
            answer = await client.delete(f"{PASSKEYS}/{way['id']}", headers=ada.headers)
            assert answer.status_code == 404

    async def test_of_the_last_way_is_refused(self, client: httpx.AsyncClient, ada: Person) -> None:
        assert await remove(client, ada, ada.id) == 409
        assert len(await ways_of(client, ada)) == 1

    async def test_of_a_provider_unlinks_it_and_sends_a_mail(
        self,
        client: httpx.AsyncClient,
        provider: FakeProvider,
        ada: Person,
        base_settings: Settings,
    ) -> None:
        mailbox = Mailbox(base_settings.mail_dir, ada.email)
        await link(client, provider, ada)
        way_id = (await ways_of(client, ada))[1]["id"]

        assert await remove(client, ada, way_id) == 204
        assert [way["kind"] for way in await ways_of(client, ada)] == ["password"]
        assert await remove(client, ada, way_id) == 404
        mail = await mailbox.about("A way to sign in was removed from your account")
        assert provider.issuer in text_of(mail)

    async def test_of_the_password_leaves_the_provider(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        await link(client, provider, ada)

        removed = await remove(client, ada, ada.id)

        body = {"email": ada.email, "password": PASSWORD}
        assert removed == 204
        assert (await client.post("/api/v1/auth/login", json=body)).status_code == 401
        [way] = await ways_of(client, ada)
        assert await remove(client, ada, way["id"]) == 409
        await sign_in_at_provider(client, provider)
        session = await session_of(client)
        assert session is not None
        assert session["user"]["id"] == ada.id

    async def test_of_two_at_once_leaves_one(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        for _ in range(10):
            await link(client, provider, ada)
            ways = await ways_of(client, ada)
            password = next((way for way in ways if way["kind"] == "password"), None)
            if password is None:
                break

            statuses = await asyncio.gather(*(remove(client, ada, way["id"]) for way in ways))

            assert sorted(statuses) == [204, 409]
            assert len(await ways_of(client, ada)) == 1

    async def test_of_the_way_of_another_user_is_not_found(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person, bob: Person
    ) -> None:
        await link(client, provider, ada)
        way_id = (await ways_of(client, ada))[1]["id"]

        assert await remove(client, bob, way_id) == 404
        assert await remove(client, bob, ada.id) == 404
        assert len(await ways_of(client, ada)) == 2

    async def test_is_not_undone_by_an_email_verified_on_both_sides(
        self, client: httpx.AsyncClient, provider: FakeProvider, dsn: str
    ) -> None:
        ada = await sign_up(client, email="ada@example.com")
        await execute(
            dsn,
            "UPDATE auth.account SET email_verified_at = now(), email_verified_by_holder = true",
        )
        await link(client, provider, ada)
        await remove(client, ada, (await ways_of(client, ada))[1]["id"])
        client.cookies.clear()

        refused = await sign_in_at_provider(client, provider)
        assert refused.headers["location"] == "/sign-in?error=unlinked"
        assert await session_of(client) is None

        assert (await link(client, provider, ada)).headers["location"] == SETTINGS
        assert (await sign_in_at_provider(client, provider)).headers["location"] == "/"

    async def test_needs_a_fresh_session(
        self, client: httpx.AsyncClient, ada: Person, dsn: str
    ) -> None:
        await execute(dsn, "UPDATE auth.session SET proved_at = now() - interval '1 hour'")

        answers = [
            await client.delete(f"{WAYS}/{ada.id}", headers=ada.headers),
            await client.post(LINK, json={}, headers=ada.headers),
        ]

        assert {answer.json()["code"] for answer in answers} == {"STEP_UP_REQUIRED"}


class TestLinking:
    async def test_leads_back_to_the_settings_without_another_session(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        answer = await link(client, provider, ada)

        assert (answer.status_code, answer.headers["location"]) == (303, SETTINGS)
        assert "refresh_token" not in str(answer.headers.get_list("set-cookie"))

    async def test_twice_adds_one_way(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        await link(client, provider, ada)
        await link(client, provider, ada)

        assert len(await ways_of(client, ada)) == 2

    async def test_needs_no_verified_email(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        provider.user |= {"email": "elsewhere@example.com", "email_verified": False}
        await link(client, provider, ada)
        client.cookies.clear()

        await sign_in_at_provider(client, provider)

        session = await session_of(client)
        assert session is not None
        assert session["user"]["id"] == ada.id

    async def test_of_an_identity_of_another_account_is_refused(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person, bob: Person
    ) -> None:
        await link(client, provider, ada)

        answer = await link(client, provider, bob)

        assert answer.headers["location"] == f"{SETTINGS}?error=identity_taken"
        assert len(await ways_of(client, bob)) == 1

    async def test_is_only_for_the_session_that_began_it(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        begun = await client.post(LINK, json={}, headers=ada.headers)
        await client.post("/api/v1/auth/logout", headers=ada.headers)

        answer = await return_from_provider(client, provider, begun.json()["url"])

        assert answer.headers["location"] == f"{SETTINGS}?error=expired"
        assert "refresh_token" not in str(answer.headers.get_list("set-cookie"))

    async def test_to_a_deleted_account_is_refused(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        begun = await client.post(LINK, json={}, headers=ada.headers)
        await delete_account(client, ada)

        answer = await return_from_provider(client, provider, begun.json()["url"])

        assert answer.headers["location"] == f"{SETTINGS}?error=expired"

    async def test_in_the_browser_of_another_user_is_refused(
        self, app: FastAPI, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        """An attacker wants the victim's identity linked to the attacker's account."""
        begun = await client.post(LINK, json={}, headers=ada.headers)
        async with client_of(app) as victim:
            await victim.get(START)
            answer = await return_from_provider(victim, provider, begun.json()["url"])

        assert answer.headers["location"] == "/sign-in?error=expired"
        assert len(await ways_of(client, ada)) == 1

    async def test_cannot_be_begun_by_a_foreign_page(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        foreign = {**ada.headers, "Origin": "https://evil.example"}
        answers = [
            await client.post(LINK, json={}, headers=foreign),
            await client.post(LINK, json={}),
        ]

        assert [answer.status_code for answer in answers] == [403, 401]

    async def test_at_an_unreachable_provider_is_unavailable(
        self, client: httpx.AsyncClient, provider: FakeProvider, ada: Person
    ) -> None:
        provider.answers["/.well-known/openid-configuration"] = (503, {})

        answer = await client.post(LINK, json={}, headers=ada.headers)

        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
