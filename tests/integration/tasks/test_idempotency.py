"""Idempotency keys on the routes that create tasks."""

import httpx
import pytest

from tests.support.client import Person
from tests.support.tasks.api import TASKS, counts_of

TASK = {"title": "Write"}


async def post(client: httpx.AsyncClient, owner: Person, path: str, body: object) -> httpx.Response:
    headers = owner.headers | {"Idempotency-Key": "key"}
    return await client.post(TASKS + path, json=body, headers=headers)


async def count(client: httpx.AsyncClient, owner: Person) -> int:
    answer = await client.get(f"{TASKS}/stats", headers=owner.headers)
    total: int = answer.json()["total"]
    return total


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", TASK, 201),
        ("/import", {"items": [TASK]}, 200),
        ("/bulk", {"operations": [{"op": "create", "task": TASK}]}, 200),
    ],
    ids=["create", "import", "bulk"],
)
async def test_a_repeated_request_gets_the_same_answer(
    client: httpx.AsyncClient, ada: Person, path: str, body: object, status: int
) -> None:
    first = await post(client, ada, path, body)
    second = await post(client, ada, path, body)

    assert (first.status_code, second.status_code) == (status, status)
    assert second.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(client, ada) == 1


async def test_a_dry_run_and_its_import_are_different_requests(
    client: httpx.AsyncClient, ada: Person
) -> None:
    body = {"items": [TASK]}
    dry = await post(client, ada, "/import?dry_run=true", body)
    wet = await post(client, ada, "/import", body)

    assert (dry.status_code, counts_of(dry.json())) == (200, (1, 0))
    assert (wet.status_code, wet.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await count(client, ada) == 0


async def test_a_key_belongs_to_one_path(client: httpx.AsyncClient, ada: Person) -> None:
    own = await post(client, ada, "", TASK)
    headers = ada.headers | {"Idempotency-Key": "key"}
    by_id = await client.post(f"/api/v1/users/{ada.id}/tasks", json=TASK, headers=headers)

    assert (own.status_code, by_id.status_code) == (201, 201)
    assert await count(client, ada) == 2
