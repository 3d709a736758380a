"""What a team's members are shown of its tasks: over a real socket, in both transports."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import Person, sign_up
from tests.support.streams.clients import streaming
from tests.support.streams.readers import StreamEvent, open_websocket, reading, receive
from tests.support.tasks.api import TASKS
from tests.support.teams.api import create, join, path_of


@pytest.fixture
async def client(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with streaming(build_app) as client:
        yield client


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Person:
    return await sign_up(client)


@pytest.fixture
async def bob(client: httpx.AsyncClient) -> Person:
    return await sign_up(client)


@pytest.fixture
async def team(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> dict[str, Any]:
    """Ada owns it, Bob looks on."""
    team = await create(client, ada)
    await join(database, team, bob, "viewer")
    return team


async def add(client: httpx.AsyncClient, path: str, person: Person, **fields: Any) -> str:
    body = {"title": "a"} | fields
    answer = await client.post(path, json=body, headers=person.headers)
    return str(answer.raise_for_status().json()["id"])


def told(seen: StreamEvent) -> tuple[str, str | None, str | None]:
    return seen.event, seen.data.get("id"), seen.data.get("team_id")


async def test_the_changes_of_a_team_s_tasks_are_shown_to_its_members_alone(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path, eve = f"{path_of(team)}/tasks", await sign_up(client)
    async with (
        reading(client, ada.headers) as hers,
        open_websocket(client) as socket,
        reading(client, eve.headers) as of_eve,
    ):
        await socket.send(json.dumps({"token": bob.token}))
        assert [(await hers.next()).event, (await of_eve.next()).event] == ["ready", "ready"]
        assert (await receive(socket)).event == "ready"
        task = await add(client, path, ada)
        headers = ada.headers
        await client.patch(f"{path}/{task}", json={"assignee_id": bob.id}, headers=headers)
        await client.delete(f"{path}/{task}", headers=headers)
        await client.delete(f"{path}/trash", headers=headers)
        own = await add(client, TASKS, bob)
        of_ada = [told(await hers.next()) for _ in range(4)]
        of_bob = [told(await receive(socket)) for _ in range(5)]
        other = await add(client, TASKS, eve)
        first_of_eve = told(await of_eve.next())

    expected = [
        ("task.created", task, team["id"]),
        ("task.changed", task, team["id"]),
        ("task.deleted", task, team["id"]),
        ("trash.emptied", team["id"], team["id"]),
    ]
    assert of_ada == expected
    assert of_bob == [*expected, ("task.created", own, None)]
    assert first_of_eve == ("task.created", other, None)


@pytest.mark.parametrize("end", ["removed", "left", "team deleted"])
async def test_who_belongs_to_a_team_no_more_hears_of_that_and_nothing_further(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, end: str
) -> None:
    path = f"{path_of(team)}/tasks"
    async with reading(client, bob.headers) as his, reading(client, ada.headers) as hers:
        await his.next()
        since = (await hers.next()).id
        task = await add(client, path, ada, assignee_id=bob.id)
        before = told(await his.next())
        actor = bob if end == "left" else ada
        gone = path_of(team) if end == "team deleted" else path_of(team, bob)
        (await client.delete(gone, headers=actor.headers)).raise_for_status()
        if end != "team deleted":
            await add(client, path, ada)
        own = await add(client, TASKS, bob)
        after = [await his.next() for _ in range(2)]
    async with reading(client, bob.headers, after[0].id) as resumed:
        again = [await resumed.next() for _ in range(2)]
    async with reading(client, ada.headers, since) as hers:
        await hers.next()
        of_ada = [told(await hers.next())]
        if end != "team deleted":
            of_ada.append(told(await hers.next()))

    name = "team.deleted" if end == "team deleted" else "team.left"
    assert before == ("task.created", task, team["id"])
    assert [told(event) for event in after] == [
        (name, team["id"], None),
        ("task.created", own, None),
    ]
    assert [event.event for event in again] == ["ready", "task.created"]
    if end == "team deleted":
        assert of_ada == [("team.deleted", team["id"], None)]
    else:
        assert of_ada == [
            ("task.created", task, team["id"]),
            ("task.changed", task, team["id"]),
        ]


async def test_who_makes_a_team_or_gets_another_role_hears_of_it_in_an_open_stream(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    async with reading(client, bob.headers) as his:
        await his.next()
        role = {"role": "member"}
        await client.patch(path_of(team, bob), json=role, headers=ada.headers)
        changed = told(await his.next())
        own = await create(client, bob, "Bob's")
        created = told(await his.next())
        task = await add(client, f"{path_of(own)}/tasks", bob)
        first = told(await his.next())

    assert changed == ("team.role_changed", team["id"], None)
    assert created == ("team.joined", own["id"], None)
    assert first == ("task.created", task, own["id"])


async def test_a_task_that_is_given_to_a_team_leaves_one_s_own_and_comes_to_the_team(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    task = await add(client, TASKS, ada)
    async with reading(client, ada.headers) as hers, reading(client, bob.headers) as his:
        await hers.next()
        await his.next()
        body = {"team_id": team["id"]}
        await client.post(f"{TASKS}/{task}/transfer", json=body, headers=ada.headers)
        of_ada = [told(await hers.next()) for _ in range(2)]
        of_bob = await his.next()

    assert of_ada == [("task.deleted", task, None), ("task.created", task, team["id"])]
    assert told(of_bob) == ("task.created", task, team["id"])
    assert of_bob.data["version"] == 2
