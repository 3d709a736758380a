"""Specimens over HTTP."""

from typing import Any

import httpx

from tests.support.client import Person

SPECIMENS = "/api/v1/specimens"


async def collect(client: httpx.AsyncClient, owner: Person, **fields: Any) -> dict[str, Any]:
    body = {"title": "Fern"} | fields
    answer = await client.post(SPECIMENS, json=body, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    specimen: dict[str, Any] = answer.json()
    return specimen


async def count(client: httpx.AsyncClient, owner: Person) -> int:
    """How many there are, up to a hundred."""
    answer = await client.get(SPECIMENS, params={"limit": 100}, headers=owner.headers)
    return len(answer.json()["items"])
