"""The members of a team: their roles, their removal, and that an owner stays."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.security.team_roles import TeamRole
from BE.modules.auth.events import UserDeletionSettled
from tests.support.client import Person, delete_account, sign_up
from tests.support.teams.api import RACES, create, join, path_of, roles


async def change(
    client: httpx.AsyncClient, team: dict[str, Any], actor: Person, member: Person, role: TeamRole
) -> httpx.Response:
    return await client.patch(path_of(team, member), json={"role": role}, headers=actor.headers)


async def remove(
    client: httpx.AsyncClient, team: dict[str, Any], actor: Person, member: Person
) -> httpx.Response:
    return await client.delete(path_of(team, member), headers=actor.headers)


@pytest.fixture
async def team(client: httpx.AsyncClient, ada: Person) -> dict[str, Any]:
    return await create(client, ada)


async def test_members_see_each_other_page_by_page(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, database: Database
) -> None:
    await join(database, team, bob, "viewer")
    path = f"{path_of(team)}/members"
    first = (await client.get(path, params={"limit": 1}, headers=bob.headers)).json()
    cursor = {"limit": 1, "cursor": first["next_cursor"]}
    second = (await client.get(path, params=cursor, headers=bob.headers)).json()

    [owner], [viewer] = first["items"], second["items"]
    assert (owner["user_id"], owner["name"], owner["email"], owner["role"]) == (
        ada.id,
        "Ada Lovelace",
        ada.email,
        "owner",
    )
    assert (viewer["user_id"], viewer["role"]) == (bob.id, "viewer")
    assert second["next_cursor"] is None


async def test_an_admin_gives_no_role_above_their_own_and_cannot_change_owners(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, database: Database
) -> None:
    eve = await sign_up(client)
    await join(database, team, bob, "admin")
    await join(database, team, eve, "viewer")

    assert (await change(client, team, bob, eve, "admin")).json()["role"] == "admin"
    assert (await change(client, team, bob, eve, "owner")).status_code == 403
    assert (await change(client, team, bob, bob, "owner")).status_code == 403
    assert (await change(client, team, bob, ada, "member")).status_code == 403
    assert (await remove(client, team, bob, ada)).status_code == 403
    assert await roles(client, team, eve) == {ada.id: "owner", bob.id: "admin", eve.id: "admin"}
    assert (await remove(client, team, bob, eve)).status_code == 204


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_viewers_and_members_can_only_leave(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    ada: Person,
    bob: Person,
    database: Database,
    role: TeamRole,
) -> None:
    eve = await sign_up(client)
    await join(database, team, bob, role)
    await join(database, team, eve, "viewer")

    assert (await change(client, team, bob, eve, "viewer")).status_code == 403
    assert (await remove(client, team, bob, eve)).status_code == 403
    assert (await remove(client, team, bob, bob)).status_code == 204
    assert (await remove(client, team, bob, bob)).status_code == 404
    assert await roles(client, team, ada) == {ada.id: "owner", eve.id: "viewer"}


async def test_a_user_who_is_no_member_is_not_found(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person
) -> None:
    assert (await change(client, team, ada, bob, "viewer")).status_code == 404
    assert (await remove(client, team, ada, bob)).status_code == 404


async def test_the_last_owner_cannot_leave_or_be_demoted(
    client: httpx.AsyncClient, team: dict[str, Any], ada: Person, bob: Person, database: Database
) -> None:
    await join(database, team, bob, "admin")
    refused = [await change(client, team, ada, ada, "admin"), await remove(client, team, ada, ada)]
    assert (await change(client, team, ada, ada, "owner")).status_code == 200
    await change(client, team, ada, bob, "owner")
    left = await remove(client, team, bob, ada)
    refused.append(await remove(client, team, bob, bob))

    assert left.status_code == 204
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (409, "LAST_OWNER")
        [detail] = answer.json()["details"]
        assert (detail["field"], detail["type"]) == (f"teams.{team['id']}", "last_owner")
        assert team["name"] in detail["message"]
    assert await roles(client, team, bob) == {bob.id: "owner"}


@pytest.mark.parametrize("way", ["leave", "demote", "delete"])
async def test_one_of_two_owners_who_leave_at_once_stays(
    client: httpx.AsyncClient, ada: Person, database: Database, way: str
) -> None:
    async def go(person: Person, team: dict[str, Any]) -> httpx.Response:
        if way == "leave":
            return await remove(client, team, person, person)
        if way == "demote":
            return await change(client, team, person, person, "member")
        return await delete_account(client, person)

    for _ in range(RACES):
        pair = [await sign_up(client) for _ in range(2)]
        team = await create(client, pair[0])
        await join(database, team, pair[1], "owner")
        answers = await asyncio.gather(*(go(person, team) for person in pair))
        codes = sorted(answer.status_code for answer in answers)
        owners = await database.fetchval(
            "SELECT count(*) FROM teams.membership WHERE team_id::text = $1 AND role = 'owner'",
            team["id"],
        )

        assert codes[0] < 300, [answer.text for answer in answers]
        assert codes[1] == 409
        assert owners == 1


class TestAccount:
    async def test_of_the_last_owner_is_not_deleted_and_its_teams_are_named(
        self, client: httpx.AsyncClient, team: dict[str, Any], ada: Person, root: Person
    ) -> None:
        other = await create(client, ada, "Other")
        by_self = await delete_account(client, ada)
        by_admin = await client.delete(f"/api/v1/users/{ada.id}", headers=root.headers)

        for answer in (by_self, by_admin):
            assert (answer.status_code, answer.json()["code"]) == (409, "LAST_OWNER")
            details = {detail["field"]: detail["message"] for detail in answer.json()["details"]}
            assert details.keys() == {f"teams.{team['id']}", f"teams.{other['id']}"}
            assert "Other" in details[f"teams.{other['id']}"]
        assert (await client.get("/api/v1/users/me", headers=ada.headers)).status_code == 200

    async def test_is_deleted_with_its_memberships(
        self,
        client: httpx.AsyncClient,
        team: dict[str, Any],
        ada: Person,
        bob: Person,
        database: Database,
    ) -> None:
        await join(database, team, bob, "owner")
        deleted = await delete_account(client, bob)

        assert deleted.status_code == 204
        assert await roles(client, team, ada) == {ada.id: "owner"}

    async def test_deleted_while_it_made_a_team_leaves_no_team_behind(
        self, app: FastAPI, client: httpx.AsyncClient, bob: Person, database: Database
    ) -> None:
        late = await create(client, bob)
        shared = await create(client, bob)
        eve = await sign_up(client)
        await join(database, shared, eve, "owner")
        members = app.state.container.membership_service()
        await members.on_user_deletion_settled(UserDeletionSettled(user_id=UUID(bob.id)))

        assert (await client.get(path_of(late), headers=bob.headers)).status_code == 404
        assert await roles(client, shared, eve) == {eve.id: "owner"}
        assert await database.fetchval("SELECT count(*) FROM teams.team") == 1
