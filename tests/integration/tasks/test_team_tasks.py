"""The tasks of a team: shared by its members alone, and assigned to them."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, delete_account, etag_of, sign_up
from tests.support.tasks.api import TASKS
from tests.support.teams.api import create, join, path_of


@pytest.fixture
async def team(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> dict[str, Any]:
    """A team that Ada owns, with Bob as a member."""
    team = await create(client, ada)
    await join(database, team, bob, "member")
    return team


async def add(
    client: httpx.AsyncClient, team: dict[str, Any], person: Person, **fields: Any
) -> dict[str, Any]:
    body = {"title": "Write"} | fields
    answer = await client.post(f"{path_of(team)}/tasks", json=body, headers=person.headers)
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


async def read(
    client: httpx.AsyncClient, team: dict[str, Any], person: Person, task: dict[str, Any]
) -> dict[str, Any]:
    path = f"{path_of(team)}/tasks/{task['id']}"
    answer = await client.get(path, headers=person.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def titles(client: httpx.AsyncClient, path: str, person: Person, **query: Any) -> list[str]:
    answer = await client.get(path, params=query, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return sorted(item["title"] for item in answer.json()["items"])


async def test_the_tasks_of_a_team_are_shared_and_belong_to_no_user(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path = f"{path_of(team)}/tasks"
    answer = await client.post(path, json={"title": "Draw"}, headers=ada.headers)
    task = answer.json()
    changed = await client.patch(
        f"{path}/{task['id']}",
        json={"status": "done"},
        headers=bob.headers | {"If-Match": etag_of(task["id"], 1)},
    )
    another = await create(client, ada, "Another")
    elsewhere = [
        await client.get(f"{where}/{task['id']}", headers=ada.headers)
        for where in (TASKS, f"{path_of(another)}/tasks", f"/api/v1/users/{ada.id}/tasks")
    ]

    assert answer.headers["location"] == f"{path}/{task['id']}"
    assert (task["owner_id"], task["team_id"]) == (team["id"], team["id"])
    assert task["assignee_id"] is None
    assert changed.json()["version"] == 2
    assert await titles(client, path, bob, q="dra") == ["Draw"]
    assert await titles(client, TASKS, ada) == await titles(client, TASKS, bob) == []
    assert [answer.status_code for answer in elsewhere] == [404, 404, 404]


async def test_a_team_has_all_routes_of_the_collection(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path, headers = f"{path_of(team)}/tasks", bob.headers
    first = await add(client, team, ada, title="first", tags=["home"])
    second = await add(client, team, bob, title="second")
    operations = [
        {"op": "create", "task": {"title": "third", "assignee_id": ada.id}},
        {"op": "delete", "id": first["id"]},
    ]
    bulk = await client.post(f"{path}/bulk", json={"operations": operations}, headers=headers)
    third = bulk.json()["items"][0]
    await client.post(f"{path}/{third['id']}/move", json={"after": None}, headers=headers)
    exported = await client.get(f"{path}/export", params={"format": "json"}, headers=headers)
    imported = await client.post(f"{path}/import", json=exported.json(), headers=headers)
    page = (
        await client.get(path, params={"sort_by": "position", "total": "true"}, headers=headers)
    ).json()
    trash = await titles(client, f"{path}/trash", ada)
    restored = await client.post(f"{path}/{first['id']}/restore", headers=headers)
    await client.delete(f"{path}/{second['id']}", headers=headers)
    emptied = await client.delete(f"{path}/trash", headers=headers)
    stats = (await client.get(f"{path}/stats", headers=headers)).json()
    tags = (await client.get(f"{path}/tags", headers=headers)).json()

    assert (third["team_id"], third["assignee_id"]) == (team["id"], ada.id)
    assert exported.headers["content-disposition"] == 'attachment; filename="team-tasks.json"'
    assert imported.json()["imported"] == 2
    assert [item["title"] for item in page["items"]] == ["third", "second", "third", "second"]
    assert [item["assignee_id"] for item in page["items"]] == [ada.id, None, None, None]
    assert page["total"] == 4
    assert trash == ["first"]
    assert restored.json()["team_id"] == team["id"]
    assert emptied.status_code == 204
    assert await titles(client, f"{path}/trash", ada) == []
    assert stats["total"] == 4
    assert tags["items"] == [{"tag": "home", "tasks": 1}]
    assert await titles(client, TASKS, bob) == []


async def test_a_task_is_assigned_to_a_member_found_by_assignee_and_reassigned(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path = f"{path_of(team)}/tasks"
    of_bob = await add(client, team, ada, title="bob's", assignee_id=bob.id)
    await add(client, team, ada, title="ada's", assignee_id=ada.id)
    await add(client, team, ada, title="nobody's")
    found = [
        await titles(client, path, ada, **query)
        for query in (
            {"assignee_id": bob.id},
            {"assignee_id": [ada.id, bob.id]},
            {"assigned": True},
            {"assigned": False},
        )
    ]
    cleared, again = [
        await client.patch(
            f"{path}/{of_bob['id']}", json={"assignee_id": assignee}, headers=bob.headers
        )
        for assignee in (None, ada.id)
    ]

    assert found == [["bob's"], ["ada's", "bob's"], ["ada's", "bob's"], ["nobody's"]]
    assert (cleared.json()["assignee_id"], cleared.json()["version"]) == (None, 2)
    assert (again.json()["assignee_id"], again.json()["version"]) == (ada.id, 3)


@pytest.mark.parametrize("whose", ["team's, to a stranger", "own"])
async def test_a_task_is_assigned_only_to_members_of_its_team(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, whose: str
) -> None:
    path = TASKS if whose == "own" else f"{path_of(team)}/tasks"
    assignee = ada.id if whose == "own" else (await sign_up(client)).id
    task = (await client.post(path, json={"title": "a"}, headers=ada.headers)).json()
    assigned = {"assignee_id": assignee}
    operations = [
        {"op": "create", "task": {"title": "b"}},
        {"op": "update", "id": task["id"], "changes": assigned},
    ]
    answers = [
        await client.post(path, json={"title": "c"} | assigned, headers=ada.headers),
        await client.patch(f"{path}/{task['id']}", json=assigned, headers=ada.headers),
        await client.post(f"{path}/bulk", json={"operations": operations}, headers=ada.headers),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert [answer.json()["details"][0]["field"] for answer in answers] == [
        "body.assignee_id",
        "body.assignee_id",
        "body.operations.1.changes.assignee_id",
    ]
    assert await titles(client, path, ada) == ["a"]


@pytest.mark.parametrize("way", ["removed", "left", "deleted"])
async def test_a_former_member_loses_their_assignments(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
    database: Database,
    way: str,
) -> None:
    path = f"{path_of(team)}/tasks"
    active = await add(client, team, ada, assignee_id=bob.id)
    trashed = await add(client, team, ada, assignee_id=bob.id)
    of_ada = await add(client, team, bob, assignee_id=ada.id)
    await client.delete(f"{path}/{trashed['id']}", headers=bob.headers)
    another = await create(client, ada, "Another")
    await join(database, another, bob, "viewer")
    elsewhere = await add(client, another, ada, assignee_id=bob.id)
    if way == "deleted":
        await delete_account(client, bob)
    else:
        actor = ada if way == "removed" else bob
        answer = await client.delete(path_of(team, bob), headers=actor.headers)
        assert answer.status_code == 204
    now = await read(client, team, ada, active)
    restored = await client.post(f"{path}/{trashed['id']}/restore", headers=ada.headers)
    in_another = await read(client, another, ada, elsewhere)

    assert (now["assignee_id"], now["version"]) == (None, 2)
    assert now["updated_at"] > active["updated_at"]
    assert (restored.json()["assignee_id"], restored.json()["version"]) == (None, 3)
    assert (await read(client, team, ada, of_ada)) == of_ada
    assert in_another["assignee_id"] == (None if way == "deleted" else bob.id)


async def test_a_deleted_account_leaves_its_tasks_to_the_team(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    await add(client, team, bob, title="of the team")
    await delete_account(client, bob)

    assert await titles(client, f"{path_of(team)}/tasks", ada) == ["of the team"]


async def test_only_the_tasks_of_a_deleted_team_are_deleted(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, database: Database
) -> None:
    path = f"{path_of(team)}/tasks"
    trashed = await add(client, team, ada)
    await add(client, team, ada)
    await client.delete(f"{path}/{trashed['id']}", headers=ada.headers)
    another = await create(client, ada, "Another")
    await add(client, another, ada)
    await client.post(TASKS, json={"title": "own"}, headers=ada.headers)
    await client.delete(path_of(team), headers=ada.headers)

    left = {row["owner_id"] for row in await database.fetch("SELECT owner_id FROM tasks.task")}
    assert left == {UUID(another["id"]), UUID(ada.id)}


async def test_a_cursor_works_only_in_its_own_collection(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person
) -> None:
    another = await create(client, ada, "Another")
    paths = [TASKS, f"{path_of(team)}/tasks", f"{path_of(another)}/tasks"]
    for path in paths * 2:
        await client.post(path, json={"title": "a"}, headers=ada.headers)
    statuses = []
    for path in paths:
        page = (await client.get(path, params={"limit": 1}, headers=ada.headers)).json()
        query = {"limit": 1, "cursor": page["next_cursor"]}
        for other in paths:
            answer = await client.get(other, params=query, headers=ada.headers)
            statuses.append((path == other, answer.status_code))

    assert set(statuses) == {(True, 200), (False, 422)}


async def test_an_idempotency_key_replays_only_in_its_collection_and_to_members(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path, headers = f"{path_of(team)}/tasks", bob.headers | {"Idempotency-Key": "once"}
    first = await client.post(path, json={"title": "a"}, headers=headers)
    replayed = await client.post(path, json={"title": "a"}, headers=headers)
    own = await client.post(TASKS, json={"title": "a"}, headers=headers)
    await client.delete(path_of(team, bob), headers=ada.headers)
    after = await client.post(path, json={"title": "a"}, headers=headers)

    assert replayed.headers["idempotency-replayed"] == "true"
    assert replayed.json() == first.json()
    assert own.json()["team_id"] is None
    assert after.status_code == 404


async def test_a_team_has_its_own_quota(build_app: AppFactory) -> None:
    async with build_app(max_tasks_per_team=1) as app, client_of(app) as client:
        ada = await sign_up(client)
        team = await create(client, ada)
        await add(client, team, ada)
        more = await client.post(f"{path_of(team)}/tasks", json={"title": "b"}, headers=ada.headers)
        own = [await client.post(TASKS, json={"title": "a"}, headers=ada.headers) for _ in range(2)]

    assert more.status_code == 409
    assert [answer.status_code for answer in own] == [201, 201]


async def test_a_user_s_own_task_is_transferred_to_a_team_once(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    last = await add(client, team, ada)
    own = (await client.post(TASKS, json={"title": "mine"}, headers=bob.headers)).json()
    path, body = f"{TASKS}/{own['id']}/transfer", {"team_id": team["id"]}
    headers = bob.headers | {"Idempotency-Key": "once"}
    stale = await client.post(
        path, json=body, headers=headers | {"If-Match": etag_of(own["id"], 2)}
    )
    by_ada = await client.post(path, json=body, headers=ada.headers)
    given = await client.post(
        path, json=body, headers=headers | {"If-Match": etag_of(own["id"], 1)}
    )
    replayed = await client.post(
        path, json=body, headers=headers | {"If-Match": etag_of(own["id"], 1)}
    )
    again = await client.post(path, json=body, headers=bob.headers)

    assert [stale.status_code, by_ada.status_code, again.status_code] == [412, 404, 404]
    task = given.json()
    assert (task["id"], task["owner_id"], task["team_id"]) == (own["id"], team["id"], team["id"])
    assert (task["version"], task["title"]) == (2, "mine")
    assert task["position"] > last["position"]
    assert given.headers["etag"] == etag_of(own["id"], 2)
    assert (replayed.json(), replayed.headers["idempotency-replayed"]) == (task, "true")
    assert await read(client, team, ada, task) == task
    assert await titles(client, TASKS, bob) == await titles(client, f"{TASKS}/trash", bob) == []


@pytest.mark.parametrize(("role", "status"), [(None, 404), ("viewer", 403)])
async def test_a_task_is_transferred_only_to_a_team_in_which_its_owner_may_write(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database, role: Any, status: int
) -> None:
    team = await create(client, ada)
    if role is not None:
        await join(database, team, bob, role)
    own = (await client.post(TASKS, json={"title": "mine"}, headers=bob.headers)).json()
    answer = await client.post(
        f"{TASKS}/{own['id']}/transfer", json={"team_id": team["id"]}, headers=bob.headers
    )

    assert answer.status_code == status
    assert await titles(client, TASKS, bob) == ["mine"]
