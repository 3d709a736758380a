"""Webhooks, as their owners configure them."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.auth.freshness import make_stale
from tests.support.client import Person, client_of, delete_account, etag_of, sign_in, sign_up
from tests.support.events import eventually
from tests.support.webhooks.api import WEBHOOKS, create, path_of

URL = "https://example.com/hook"


async def test_a_webhook_is_made_with_a_secret_that_is_shown_once(
    client: httpx.AsyncClient, ada: Person
) -> None:
    created = await create(client, ada, URL, "task.created", "task.deleted")
    secret = created.pop("secret")
    listed = (await client.get(WEBHOOKS, headers=ada.headers)).json()
    read = await client.get(path_of(created), headers=ada.headers)

    assert secret.startswith("whsec_")
    assert listed["items"] == [created] == [read.json()]
    assert read.headers["etag"] == etag_of(created["id"], 1)
    assert {"task.created", "task.changed", "team.joined"} <= set(listed["known_events"])
    assert "flag.changed" not in listed["known_events"]


async def test_the_secret_is_not_stored_in_plain_text(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    secret = (await create(client, ada, URL))["secret"]
    stored = await database.fetchval("SELECT w::text FROM webhooks.webhook AS w")

    assert secret not in stored
    assert secret.removeprefix("whsec_").encode().hex() not in stored


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "https://",
        "https://ada:secret@example.com/",
        "https://example.com/#part",
        "javascript:alert(1)",
        "https://exa mple.com/",
        "https://[::1",
        "https://example.com:99999/",
    ],
)
async def test_an_invalid_address_is_refused(
    client: httpx.AsyncClient, ada: Person, url: str
) -> None:
    body = {"url": url, "events": ["task.created"]}
    answer = await client.post(WEBHOOKS, json=body, headers=ada.headers)

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"] == "body.url"


async def test_an_address_without_encryption_is_refused(build_app: AppFactory) -> None:
    async with build_app() as app, client_of(app) as client:
        ada = await sign_up(client)
        body = {"url": "http://example.com", "events": ["task.created"]}
        answer = await client.post(WEBHOOKS, json=body, headers=ada.headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("events", [[], ["task.created", "nothing.happened"], ["flag.changed"]])
async def test_events_that_cannot_be_subscribed_to_are_refused(
    client: httpx.AsyncClient, ada: Person, events: list[str]
) -> None:
    body = {"url": URL, "events": events}
    answer = await client.post(WEBHOOKS, json=body, headers=ada.headers)

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"].startswith("body.events")


async def test_one_more_than_the_limit_is_refused(client: httpx.AsyncClient, ada: Person) -> None:
    for _ in range(3):
        await create(client, ada, URL)
    body = {"url": URL, "events": ["task.created"]}
    answer = await client.post(WEBHOOKS, json=body, headers=ada.headers)

    assert answer.status_code == 409


async def test_only_the_given_fields_are_changed(client: httpx.AsyncClient, ada: Person) -> None:
    webhook = await create(client, ada, URL)
    answer = await client.patch(path_of(webhook), json={"enabled": False}, headers=ada.headers)

    assert answer.json() == webhook_without_secret(webhook) | {"enabled": False, "version": 2}


async def test_a_stale_version_changes_nothing(client: httpx.AsyncClient, ada: Person) -> None:
    webhook = await create(client, ada, URL)
    await client.patch(path_of(webhook), json={"ordered": True}, headers=ada.headers)
    headers = ada.headers | {"If-Match": etag_of(webhook["id"], 1)}
    changed = await client.patch(path_of(webhook), json={"ordered": False}, headers=headers)
    deleted = await client.delete(path_of(webhook), headers=headers)
    read = (await client.get(path_of(webhook), headers=ada.headers)).json()

    assert (changed.status_code, deleted.status_code) == (412, 412)
    assert (read["ordered"], read["version"]) == (True, 2)


async def test_another_user_cannot_find_a_webhook(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    path, headers = path_of(await create(client, ada, URL)), bob.headers
    answers = [
        await client.get(path, headers=headers),
        await client.patch(path, json={"enabled": False}, headers=headers),
        await client.delete(path, headers=headers),
        await client.post(f"{path}/secret", headers=headers),
        await client.post(f"{path}/test", headers=headers),
        await client.get(f"{path}/attempts", headers=headers),
        await client.post(f"{path}/attempts/{uuid4()}/resend", headers=headers),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (await client.get(path, headers=ada.headers)).json()["enabled"]


async def test_a_disabled_webhook_sends_no_test(client: httpx.AsyncClient, ada: Person) -> None:
    webhook = await create(client, ada, URL)
    await client.patch(path_of(webhook), json={"enabled": False}, headers=ada.headers)
    answer = await client.post(f"{path_of(webhook)}/test", headers=ada.headers)

    assert answer.status_code == 409


async def test_each_change_is_recorded(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    webhook = await create(client, ada, URL)
    await client.patch(path_of(webhook), json={"ordered": True}, headers=ada.headers)
    await client.post(f"{path_of(webhook)}/secret", headers=ada.headers)
    await client.delete(path_of(webhook), headers=ada.headers)
    rows = await database.fetch(
        """
        SELECT name
        FROM events.event
        WHERE name LIKE 'webhook.%' AND payload ->> 'webhook_id' = $1
        ORDER BY id
        """,
        webhook["id"],
    )

    assert [name for (name,) in rows] == [
        "webhook.created",
        "webhook.changed",
        "webhook.secret_rotated",
        "webhook.deleted",
    ]


async def test_a_webhook_is_deleted_with_its_owner(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    await create(client, ada, URL)
    kept = await create(client, bob, URL)
    await delete_account(client, ada)
    rows = await database.fetch("SELECT id::text FROM webhooks.webhook")

    assert [webhook_id for (webhook_id,) in rows] == [kept["id"]]


async def test_a_stale_session_can_neither_add_nor_change_a_webhook(
    client: httpx.AsyncClient, ada: Person, own_dsn: str
) -> None:
    webhook = await create(client, ada, URL)
    await make_stale(own_dsn, ada)
    path, body = path_of(webhook), {"url": "https://example.org", "events": ["task.created"]}
    refused = [
        await client.post(WEBHOOKS, json=body, headers=ada.headers),
        await client.patch(path, json=body, headers=ada.headers),
        await client.post(f"{path}/secret", headers=ada.headers),
    ]
    read = await client.get(path, headers=ada.headers)

    assert {answer.json()["code"] for answer in refused} == {"STEP_UP_REQUIRED"}
    assert read.json() == webhook_without_secret(webhook)


async def test_webhooks_of_a_deactivated_user_stay_off_after_reactivation(
    client: httpx.AsyncClient, ada: Person, bob: Person, root: Person, database: Database
) -> None:
    webhook, other = await create(client, ada, URL), await create(client, bob, URL)
    user = f"/api/v1/users/{ada.id}"
    await client.patch(user, json={"is_active": False}, headers=root.headers)

    async def is_off() -> bool:
        return not await database.fetchval(
            "SELECT enabled FROM webhooks.webhook WHERE id = $1::text::uuid", webhook["id"]
        )

    await eventually(is_off)
    await client.patch(user, json={"is_active": True}, headers=root.headers)
    again = await sign_in(client, ada.email)
    off = (await client.get(path_of(webhook), headers=again.headers)).json()
    untouched = (await client.get(path_of(other), headers=bob.headers)).json()

    assert (off["enabled"], off["version"]) == (False, 2)
    assert untouched["enabled"]


def webhook_without_secret(webhook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in webhook.items() if name != "secret"}


async def test_concurrent_requests_do_not_exceed_the_limit(
    client: httpx.AsyncClient, ada: Person
) -> None:
    body = {"url": URL, "events": ["task.created"]}
    answers = await asyncio.gather(
        *(client.post(WEBHOOKS, json=body, headers=ada.headers) for _ in range(10))
    )
    listed = (await client.get(WEBHOOKS, headers=ada.headers)).json()

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    assert len(listed["items"]) == 3
