"""What a process remembers of roles, in the one that changes them and in another."""

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
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whose roles the database was asked for."""
    questions: list[Any] = []
    ask = TeamRepository.role_of

    async def noting(self: TeamRepository, user_id: Any, team_id: Any) -> Any:
        questions.append(user_id)
        return await ask(self, user_id, team_id)

    monkeypatch.setattr(TeamRepository, "role_of", noting)
    return questions


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second that lasts until the end of the test, however busy the machine is."""
    monkeypatch.setattr(known_roles, "_KEPT", 3600)


@pytest.fixture
async def team(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> dict[str, Any]:
    team = await create(client, ada)
    await join(database, team, bob, "member")
    return team


@pytest.mark.usefixtures("slow")
async def test_reads_ask_once_and_writes_each_time(
    client: httpx.AsyncClient, team: dict[str, Any], bob: Person, asked: list[Any]
) -> None:
    path = f"{path_of(team)}/tasks"
    for _ in range(3):
        assert (await client.get(path, headers=bob.headers)).status_code == 200
    assert len(asked) == 1
    for _ in range(2):
        asked.clear()
        created = await client.post(path, json={"title": "a"}, headers=bob.headers)
        assert created.status_code == 201
        assert asked


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("way", ["remove", "leave", "delete"])
async def test_a_role_that_was_taken_away_is_gone_here_with_the_next_read(
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


@pytest.mark.usefixtures("slow")
async def test_a_role_that_changes_is_another_with_the_next_read(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    path = f"{path_of(team)}/invitations"
    statuses = []
    for role in ("member", "admin", "viewer"):
        body = {"role": role}
        await client.patch(path_of(team, bob), json=body, headers=ada.headers)
        statuses.append((await client.get(path, headers=bob.headers)).status_code)

    assert statuses == [403, 200, 403]


@pytest.mark.usefixtures("slow")
async def test_another_process_refuses_nobody_by_memory(
    build_app: AppFactory,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
) -> None:
    path = f"{path_of(team)}/invitations"
    async with build_app() as app, client_of(app) as there:
        assert (await there.get(path, headers=bob.headers)).status_code == 403
        await client.patch(path_of(team, bob), json={"role": "admin"}, headers=ada.headers)

        assert (await there.get(path, headers=bob.headers)).status_code == 200


async def test_another_process_hears_of_a_removal_without_being_told(
    build_app: AppFactory,
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
) -> None:
    path = f"{path_of(team)}/tasks"
    async with build_app() as app, client_of(app) as there:
        assert (await there.get(path, headers=bob.headers)).status_code == 200
        await client.delete(path_of(team, bob), headers=ada.headers)
        written = await there.post(path, json={"title": "a"}, headers=bob.headers)

        async def is_refused() -> bool:
            return (await there.get(path, headers=bob.headers)).status_code == 404

        assert written.status_code == 404
        await eventually(is_refused)
