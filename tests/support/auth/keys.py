"""API keys over HTTP."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.client import Person
from tests.support.events import eventually

KEYS = "/api/v1/auth/api-keys"


@dataclass(frozen=True)
class Key:
    id: str
    text: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}


async def make_key(client: httpx.AsyncClient, person: Person, *scopes: str, **fields: Any) -> Key:
    body = {"name": "nightly report", "scopes": scopes or ["tasks:read"], **fields}
    answer = await client.post(KEYS, json=body, headers=person.headers)
    assert answer.status_code == 201, answer.text
    return Key(answer.json()["id"], answer.json()["key"])


async def revoke(client: httpx.AsyncClient, person: Person, key: Key) -> None:
    answer = await client.delete(f"{KEYS}/{key.id}", headers=person.headers)
    assert answer.status_code == 204, answer.text


async def until_refused(client: httpx.AsyncClient, key: Key, path: str) -> httpx.Response:
    """The first answer that refuses the key."""
    found: list[httpx.Response] = []

    async def is_refused() -> bool:
        found.append(await client.get(path, headers=key.headers))
        return found[-1].status_code != 200

    await eventually(is_refused)
    return found[-1]
