"""Flags over HTTP."""

from typing import Any

import httpx

from BE.core.flags import AnyFlag
from tests.support.client import Person

FLAGS = "/api/v1/flags"
ON, OFF = True, False
SETTINGS = f"{FLAGS}/settings"


def path_of(flag: AnyFlag) -> str:
    return f"{SETTINGS}/{flag.name}"


def setting(otherwise: Any, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [*rules], "otherwise": otherwise}


def users(value: Any, *people: Person) -> dict[str, Any]:
    return {"kind": "users", "ids": [person.id for person in people], "value": value}


def teams(value: Any, *found: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "teams", "ids": [team["id"] for team in found], "value": value}


def percentage(value: Any, percent: float) -> dict[str, Any]:
    return {"kind": "percentage", "percentage": percent, "value": value}


async def put(
    client: httpx.AsyncClient, admin: Person, flag: AnyFlag, body: dict[str, Any]
) -> dict[str, Any]:
    answer = await client.put(path_of(flag), json=body, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def value(client: httpx.AsyncClient, person: Person, flag: AnyFlag, *, since: int = 0) -> Any:
    answer = await client.get(FLAGS, params={"since": since}, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["values"][flag.name]
