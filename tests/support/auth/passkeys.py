"""Passkeys over HTTP."""

import json
from typing import Any

import httpx

from BE.core.database.database import Database
from tests.support.auth.authenticator import Authenticator
from tests.support.client import Person

PASSKEYS = "/api/v1/auth/passkeys"
SECOND_STEP = "/api/v1/auth/login/second-factor"


async def creation_options(client: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    answer = await client.post(f"{PASSKEYS}/options", headers=person.headers)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def request_options(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post(f"{PASSKEYS}/sign-in/options")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def add_passkey(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, **fields: Any
) -> dict[str, Any]:
    """Have ``authenticator`` make a passkey, and keep it."""
    made = authenticator.create(await creation_options(client, person))
    answer = await client.post(PASSKEYS, json={**made, **fields}, headers=person.headers)
    assert answer.status_code == 201, answer.text
    passkey: dict[str, Any] = answer.json()
    return passkey


async def sign_in_with(
    client: httpx.AsyncClient, authenticator: Authenticator, **lies: Any
) -> httpx.Response:
    signed = authenticator.get(await request_options(client), **lies)
    return await client.post(f"{PASSKEYS}/sign-in", json=signed)


async def step_up_options(client: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    answer = await client.post("/api/v1/auth/step-up/options", headers=person.headers)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def step_up_with(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, **lies: Any
) -> httpx.Response:
    signed = authenticator.get(await step_up_options(client, person), **lies)
    return await client.post(
        "/api/v1/auth/step-up", json={"passkey": signed}, headers=person.headers
    )


async def second_step_options(client: httpx.AsyncClient, challenge: str) -> dict[str, Any]:
    answer = await client.post(f"{SECOND_STEP}/options", json={"challenge": challenge})
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


async def second_step_with(
    client: httpx.AsyncClient, challenge: str, authenticator: Authenticator, /, **lies: Any
) -> httpx.Response:
    signed = authenticator.get(await second_step_options(client, challenge), **lies)
    return await client.post(SECOND_STEP, json={"challenge": challenge, "passkey": signed})


async def passkeys_of(client: httpx.AsyncClient, person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(PASSKEYS, headers=person.headers)).json()[
        "items"
    ]
    return items


async def copies_detected(database: Database, person: Person) -> int:
    name = "user.passkey_copy_detected"
    rows = await database.fetch("SELECT payload FROM events.event WHERE name = $1", name)
    return [json.loads(row["payload"])["user_id"] for row in rows].count(person.id)
