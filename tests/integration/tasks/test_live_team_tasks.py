"""Events of a team's tasks on its members' streams: over a real socket, in both transports."""

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
    """A team that Ada owns and Bob views."""
    team = await create(client, ada)
    await join(database, team, bob, "viewer")
    return team


async def add(client: httpx.AsyncClient, path: str, person: Person, **fields: Any) -> str:
    body = {"title": "a"} | fields
    answer = await client.post(path, json=body, headers=person.headers)
    return str(answer.raise_for_status().json()["id"])


def summary_of(seen: StreamEvent) -> tuple[str, str | None, str | None]:
    return seen.event, seen.data.get("id"), seen.data.get("team_id")


async def test_only_members_receive_the_changes_of_a_team_s_tasks(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path, eve = f"{path_of(team)}/tasks", await sign_up(client)
    async with (
        reading(client, ada.headers) as ada_stream,
        open_websocket(client) as socket,
        reading(client, eve.headers) as eve_stream,
    ):
        await socket.send(json.dumps({"token": bob.token}))
        assert [(await ada_stream.next()).event, (await eve_stream.next()).event] == [
            "ready",
            "ready",
        ]
        assert (await receive(socket)).event == "ready"
        task = await add(client, path, ada)
        headers = ada.headers
        await client.patch(f"{path}/{task}", json={"assignee_id": bob.id}, headers=headers)
        await client.delete(f"{path}/{task}", headers=headers)
        await client.delete(f"{path}/trash", headers=headers)
        own = await add(client, TASKS, bob)
        of_ada = [summary_of(await ada_stream.next()) for _ in range(4)]
        of_bob = [summary_of(await receive(socket)) for _ in range(5)]
        other = await add(client, TASKS, eve)
        first_of_eve = summary_of(await eve_stream.next())

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
async def test_a_former_member_receives_the_end_of_the_membership_and_nothing_more(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, end: str
) -> None:
    path = f"{path_of(team)}/tasks"
    async with (
        reading(client, bob.headers) as bob_stream,
        reading(client, ada.headers) as ada_stream,
    ):
        await bob_stream.next()
        since = (await ada_stream.next()).id
        task = await add(client, path, ada, assignee_id=bob.id)
        before = summary_of(await bob_stream.next())
        actor = bob if end == "left" else ada
        gone = path_of(team) if end == "team deleted" else path_of(team, bob)
        (await client.delete(gone, headers=actor.headers)).raise_for_status()
        if end != "team deleted":
            await add(client, path, ada)
        own = await add(client, TASKS, bob)
        after = [await bob_stream.next() for _ in range(2)]
    async with reading(client, bob.headers, after[0].id) as resumed:
        again = [await resumed.next() for _ in range(2)]
    async with reading(client, ada.headers, since) as ada_stream:
        await ada_stream.next()
        of_ada = [summary_of(await ada_stream.next())]
        if end != "team deleted":
            of_ada.append(summary_of(await ada_stream.next()))

    name = "team.deleted" if end == "team deleted" else "team.left"
    assert before == ("task.created", task, team["id"])
    assert [summary_of(event) for event in after] == [
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


async def test_an_open_stream_follows_new_teams_and_changed_roles(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    async with reading(client, bob.headers) as bob_stream:
        await bob_stream.next()
        role = {"role": "member"}
        await client.patch(path_of(team, bob), json=role, headers=ada.headers)
        changed = summary_of(await bob_stream.next())
        own = await create(client, bob, "Bob's")
        created = summary_of(await bob_stream.next())
        task = await add(client, f"{path_of(own)}/tasks", bob)
        first = summary_of(await bob_stream.next())

    assert changed == ("team.role_changed", team["id"], None)
    assert created == ("team.joined", own["id"], None)
    assert first == ("task.created", task, own["id"])


async def test_a_transferred_task_is_deleted_for_its_owner_and_created_for_the_team(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    task = await add(client, TASKS, ada)
    async with (
        reading(client, ada.headers) as ada_stream,
        reading(client, bob.headers) as bob_stream,
    ):
        await ada_stream.next()
        await bob_stream.next()
        body = {"team_id": team["id"]}
        await client.post(f"{TASKS}/{task}/transfer", json=body, headers=ada.headers)
        of_ada = [summary_of(await ada_stream.next()) for _ in range(2)]
        of_bob = await bob_stream.next()

    assert of_ada == [("task.deleted", task, None), ("task.created", task, team["id"])]
    assert summary_of(of_bob) == ("task.created", task, team["id"])
    assert of_bob.data["version"] == 2
