"""Cached roles, in the process that changes them and in another."""

from typing import Any

import httpx
import pytest

from BE.core.database.database import Database
from BE.modules.teams.repository import TeamRepository
from BE.modules.teams.service import known_roles
from tests.support.application import AppFactory
from tests.support.client import Person, client_of
from tests.support.events import eventually
from tests.support.teams.api import create, join, path_of


@pytest.fixture
def role_queries(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The users whose roles were read from the database."""
    queries: list[Any] = []
    role_of = TeamRepository.role_of

    async def record(self: TeamRepository, user_id: Any, team_id: Any) -> Any:
        queries.append(user_id)
        return await role_of(self, user_id, team_id)

    monkeypatch.setattr(TeamRepository, "role_of", record)
    return queries


@pytest.fixture
def lasting_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep cached roles until the end of the test, however slow the machine is."""
    monkeypatch.setattr(known_roles, "_KEPT", 3600)


@pytest.fixture
async def team(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> dict[str, Any]:
    team = await create(client, ada)
    await join(database, team, bob, "member")
    return team


@pytest.mark.usefixtures("lasting_cache")
async def test_reads_query_the_role_once_and_writes_each_time(
    client: httpx.AsyncClient, team: dict[str, Any], bob: Person, role_queries: list[Any]
) -> None:
    path = f"{path_of(team)}/tasks"
    for _ in range(3):
        assert (await client.get(path, headers=bob.headers)).status_code == 200
    assert len(role_queries) == 1
    for _ in range(2):
        role_queries.clear()
        created = await client.post(path, json={"title": "a"}, headers=bob.headers)
        assert created.status_code == 201
        assert role_queries


@pytest.mark.usefixtures("lasting_cache")
@pytest.mark.parametrize("way", ["remove", "leave", "delete"])
async def test_the_process_that_removes_a_role_refuses_the_next_read(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, way: str
) -> None:
    paths = [path_of(team), f"{path_of(team)}/members", f"{path_of(team)}/tasks"]
    for path in paths:
        assert (await client.get(path, headers=bob.headers)).status_code == 200
    actor = bob if way == "leave" else ada
    gone = path_of(team) if way == "delete" else path_of(team, bob)
    assert (await client.delete(gone, headers=actor.headers)).status_code == 204

    for path in paths:
        assert (await client.get(path, headers=bob.headers)).status_code == 404


@pytest.mark.usefixtures("lasting_cache")
async def test_a_changed_role_applies_to_the_next_read(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path = f"{path_of(team)}/invitations"
    statuses = []
    for role in ("member", "admin", "viewer"):
        body = {"role": role}
        await client.patch(path_of(team, bob), json=body, headers=ada.headers)
        statuses.append((await client.get(path, headers=bob.headers)).status_code)

    assert statuses == [403, 200, 403]


@pytest.mark.usefixtures("lasting_cache")
async def test_another_process_does_not_refuse_from_its_cache(
    build_app: AppFactory,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
) -> None:
    path = f"{path_of(team)}/invitations"
    async with build_app() as app, client_of(app) as other_client:
        assert (await other_client.get(path, headers=bob.headers)).status_code == 403
        await client.patch(path_of(team, bob), json={"role": "admin"}, headers=ada.headers)

        assert (await other_client.get(path, headers=bob.headers)).status_code == 200


async def test_another_process_refuses_a_removed_member_without_a_notification(
    build_app: AppFactory,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
) -> None:
    path = f"{path_of(team)}/tasks"
    async with build_app() as app, client_of(app) as other_client:
        assert (await other_client.get(path, headers=bob.headers)).status_code == 200
        await client.delete(path_of(team, bob), headers=ada.headers)
        written = await other_client.post(path, json={"title": "a"}, headers=bob.headers)

        async def is_refused() -> bool:
            return (await other_client.get(path, headers=bob.headers)).status_code == 404

        assert written.status_code == 404
        await eventually(is_refused)
