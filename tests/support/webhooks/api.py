"""Webhooks over HTTP."""

from typing import Any

import httpx

from BE.core.database.database import Database
from tests.support.client import Person

WEBHOOKS = "/api/v1/webhooks"


def path_of(webhook: dict[str, Any]) -> str:
    return f"{WEBHOOKS}/{webhook['id']}"


async def create(
    client: httpx.AsyncClient, owner: Person, url: str, *events: str, **fields: Any
) -> dict[str, Any]:
    body = {"url": url, "events": events or ("task.created",)} | fields
    answer = await client.post(WEBHOOKS, json=body, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


async def attempts_of(
    client: httpx.AsyncClient, owner: Person, webhook: dict[str, Any]
) -> list[dict[str, Any]]:
    answer = await client.get(f"{path_of(webhook)}/attempts", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def let_waits_pass(database: Database) -> None:
    """Make all messages that wait to be sent again due now."""
    await database.execute("UPDATE webhooks.webhook SET resting_until = NULL")
    await database.execute("UPDATE webhooks.message SET due_at = now() WHERE due_at IS NOT NULL")
    await database.execute(
        "UPDATE jobs.job SET due_at = now() WHERE kind = 'webhook_again' AND state = 'queued'"
    )
