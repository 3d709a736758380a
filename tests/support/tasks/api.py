"""Tasks over HTTP."""

from typing import Any

import httpx

from tests.support.client import Person

TASKS = "/api/v1/tasks"


async def create(client: httpx.AsyncClient, owner: Person, **fields: Any) -> dict[str, Any]:
    answer = await client.post(TASKS, json={"title": "Write"} | fields, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


def counts_of(imported: dict[str, Any]) -> tuple[int, int]:
    """The rows that an import read, and the tasks that it created."""
    assert len(imported["ids"]) == len(set(imported["ids"])) == imported["imported"]
    return imported["rows"], imported["imported"]


async def bulk(client: httpx.AsyncClient, owner: Person, *operations: Any) -> httpx.Response:
    body = {"operations": operations}
    return await client.post(f"{TASKS}/bulk", json=body, headers=owner.headers)
