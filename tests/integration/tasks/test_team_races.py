"""A member is removed while they write, or while a task is assigned to them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.client import Person
from tests.support.teams.api import RACES, create, join, path_of


@pytest.fixture
async def team(client: httpx.AsyncClient, ada: Person) -> dict[str, Any]:
    return await create(client, ada)


async def test_nothing_is_written_once_the_removal_is_answered(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, database: Database
) -> None:
    path = f"{path_of(team)}/tasks"

    successes = asyncio.Queue[None]()

    async def write_until_refused() -> int:
        written = 0
        while True:
            answer = await client.post(path, json={"title": "a"}, headers=bob.headers)
            if answer.status_code != 201:
                assert answer.status_code == 404
                return written
            written += 1
            successes.put_nowait(None)

    async def count() -> int:
        total: int = await database.fetchval(
            "SELECT count(*) FROM tasks.task WHERE owner_id = $1", UUID(team["id"])
        )
        return total

    async def remove_after(writes: int) -> int:
        for _ in range(writes):
            await successes.get()
        answer = await client.delete(path_of(team, bob), headers=ada.headers)
        assert answer.status_code == 204
        return await count()

    for race in range(RACES):
        before = await count()
        await join(database, team, bob, "member")
        *written, at_removal = await asyncio.gather(
            write_until_refused(), write_until_refused(), remove_after(race % 4)
        )

        assert at_removal == await count() == before + sum(written)


@pytest.mark.parametrize("how", ["create", "change", "bulk"])
async def test_no_assignment_outlives_a_removal(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
    database: Database,
    how: str,
) -> None:
    path = f"{path_of(team)}/tasks"
    task = (await client.post(path, json={"title": "a"}, headers=ada.headers)).json()

    async def assign() -> int:
        assigned = {"assignee_id": bob.id}
        if how == "create":
            request = client.post(path, json={"title": "b"} | assigned, headers=ada.headers)
        elif how == "change":
            request = client.patch(f"{path}/{task['id']}", json=assigned, headers=ada.headers)
        else:
            operations = [{"op": "update", "id": task["id"], "changes": assigned}]
            body = {"operations": operations}
            request = client.post(f"{path}/bulk", json=body, headers=ada.headers)
        return (await request).status_code

    outcomes = set()
    for _ in range(RACES):
        await join(database, team, bob, "member")
        *statuses, removed = await asyncio.gather(
            assign(), assign(), client.delete(path_of(team, bob), headers=ada.headers)
        )
        outcomes.update(statuses)
        left: int = await database.fetchval(
            "SELECT count(*) FROM tasks.task WHERE assignee_id = $1", UUID(bob.id)
        )

        assert (removed.status_code, left) == (204, 0)
    assert outcomes <= {200, 201, 422}
