"""Taking a changed email back removes the providers that were linked since."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.email_changes import (
    CANCEL,
    CONFIRM,
    cancel,
    confirm,
    request_change,
    verify_email,
)
from tests.support.client import Person
from tests.support.events import eventually
from tests.support.identities.provider import FakeProvider
from tests.support.identities.travels import (
    PROVIDERS,
    return_from_provider,
    session_of,
    settings_of,
    sign_in_at_provider,
)
from tests.support.mailbox import Mailbox

WAYS = "/api/v1/auth/identities"
NEW = "thief@new.example"


@pytest.fixture
async def app(build_app: AppFactory, provider: FakeProvider) -> AsyncIterator[FastAPI]:
    async with build_app(oidc_providers=settings_of(provider, title="Onyx")) as app:
        yield app


@pytest.fixture
async def inbox(base_settings: Settings, client: httpx.AsyncClient, ada: Person) -> Mailbox:
    """The mailbox of the earlier email, which is verified."""
    inbox = Mailbox(base_settings.mail_dir, ada.email)
    await verify_email(client, inbox)
    return inbox


async def link(client: httpx.AsyncClient, person: Person, provider: FakeProvider) -> None:
    begun = await client.post(f"{PROVIDERS}/onyx/link", json={}, headers=person.headers)
    answer = await return_from_provider(client, provider, begun.json()["url"])
    assert "error" not in answer.headers["location"]


async def change_to(client: httpx.AsyncClient, person: Person, inbox: Mailbox) -> None:
    await request_change(client, person, inbox.address)
    assert (await confirm(client, await inbox.next_token(CONFIRM))).status_code == 204


async def subjects_of(database: Database, person: Person) -> list[str]:
    query = "SELECT subject FROM identities.identity WHERE account_id = $1 ORDER BY created_at"
    return [row["subject"] for row in await database.fetch(query, person.id)]


async def test_taking_the_email_back_keeps_earlier_links_only(
    client: httpx.AsyncClient,
    ada: Person,
    inbox: Mailbox,
    provider: FakeProvider,
    base_settings: Settings,
    database: Database,
) -> None:
    provider.user = {"sub": "ada", "email": "ada@there.example", "email_verified": True}
    await link(client, ada, provider)
    new = Mailbox(base_settings.mail_dir, NEW)
    new.skip()
    await change_to(client, ada, new)
    provider.user = {"sub": "thief", "email": NEW, "email_verified": True}
    await link(client, ada, provider)
    before = await subjects_of(database, ada)

    taken_back = await cancel(client, await inbox.next_token(CANCEL))

    assert taken_back.status_code == 204
    assert before == ["ada", "thief"]
    assert await subjects_of(database, ada) == ["ada"]
    await inbox.about("A way to sign in was removed from your account")
    await eventually(lambda: is_recorded(database, ada))
    client.cookies.clear()
    await sign_in_at_provider(client, provider)
    session = await session_of(client)
    assert session is None or session["user"]["id"] != ada.id


async def is_recorded(database: Database, person: Person) -> bool:
    recorded: Any = await database.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM audit.entry
            WHERE event_name = 'user.identity_unlinked' AND subject_id = $1
        )
        """,
        person.id,
    )
    return bool(recorded)
