"""Teams: who may see, change and delete one."""

import asyncio
from uuid import uuid4

import httpx
from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.auth.keys import make_key
from tests.support.client import Person, client_of, etag_of, sign_up, user_without_account
from tests.support.events import eventually
from tests.support.teams.api import RACES, TEAMS, create, join, path_of


async def test_the_creator_of_a_team_owns_it(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.post(TEAMS, json={"name": "  Ada's Équipe 7 "}, headers=ada.headers)
    team = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == path_of(team)
    assert answer.headers["etag"] == etag_of(team["id"], 1)
    assert team | {"id": "", "created_at": ""} == {
        "id": "",
        "name": "Ada's Équipe 7",
        "slug": "ada-s-equipe-7",
        "role": "owner",
        "created_at": "",
        "version": 1,
    }
    assert (await client.get(path_of(team), headers=ada.headers)).json() == team


async def test_teams_of_the_same_name_get_different_slugs(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    slugs = [(await create(client, person, "Crew"))["slug"] for person in (ada, bob, ada)]

    assert slugs[0] == "crew"
    assert len(set(slugs)) == 3
    assert all(slug.startswith("crew-") for slug in slugs[1:])


async def test_a_team_is_created_once_per_idempotency_key(
    client: httpx.AsyncClient, ada: Person
) -> None:
    headers = {**ada.headers, "Idempotency-Key": "one"}
    answers = [await client.post(TEAMS, json={"name": "Crew"}, headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len((await client.get(TEAMS, headers=ada.headers)).json()["items"]) == 1


async def test_own_teams_are_listed_page_by_page(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    made = [(await create(client, ada, f"Team {number}"))["id"] for number in range(3)]
    await create(client, bob)
    listed: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(TEAMS, params=params, headers=ada.headers)).json()
        listed += [team["id"] for team in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        foreign = await client.get(TEAMS, params={"cursor": cursor}, headers=bob.headers)
        assert foreign.status_code == 422

    assert listed == made[::-1]


async def test_a_rename_needs_the_current_version_and_keeps_the_slug(
    client: httpx.AsyncClient, ada: Person
) -> None:
    team = await create(client, ada, "Crew")
    headers = {**ada.headers, "If-Match": etag_of(team["id"], 1)}
    changed = await client.patch(path_of(team), json={"name": "Band"}, headers=headers)
    stale = await client.patch(path_of(team), json={"name": "Trio"}, headers=headers)
    stale_delete = await client.delete(path_of(team), headers=headers)
    unchanged = await client.patch(path_of(team), json={}, headers=ada.headers)

    assert changed.json() == team | {"name": "Band", "version": 2}
    assert changed.headers["etag"] == etag_of(team["id"], 2)
    assert [stale.status_code, stale_delete.status_code] == [412, 412]
    assert unchanged.json() == changed.json()


async def test_a_deleted_team_is_gone_for_all_its_members(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    team = await create(client, ada)
    await join(database, team, bob, "admin")
    refused = await client.delete(path_of(team), headers=bob.headers)
    deleted = await client.delete(path_of(team), headers=ada.headers)

    assert [refused.status_code, deleted.status_code] == [403, 204]
    for person in (ada, bob):
        assert (await client.get(path_of(team), headers=person.headers)).status_code == 404
        assert (await client.get(TEAMS, headers=person.headers)).json()["items"] == []


async def test_an_admin_of_the_service_is_not_a_member_of_every_team(
    client: httpx.AsyncClient, ada: Person, root: Person
) -> None:
    team = await create(client, ada)
    seen = await client.get(path_of(team), headers=root.headers)
    unknown = await client.get(f"{TEAMS}/{uuid4()}", headers=root.headers)

    assert seen.status_code == unknown.status_code == 404
    assert seen.json()["error"] == unknown.json()["error"]


async def test_the_teams_of_an_owner_are_limited(build_app: AppFactory) -> None:
    async with build_app(max_teams_per_owner=2) as app, client_of(app) as client:
        ada, bob = user_without_account(app), await sign_up(client)
        teams = [await create(client, ada) for _ in range(2)]
        refused = await client.post(TEAMS, json={"name": "Third"}, headers=ada.headers)
        await create(client, bob)
        await client.delete(path_of(teams[0]), headers=ada.headers)

        assert refused.status_code == 409
        assert "You own 2 teams" in refused.json()["error"]
        await create(client, ada)


async def test_concurrent_requests_do_not_exceed_the_limit(build_app: AppFactory) -> None:
    async with build_app(max_teams_per_owner=2) as app, client_of(app) as client:
        for _ in range(RACES):
            ada = user_without_account(app)
            requests = (
                client.post(TEAMS, json={"name": "Crew"}, headers=ada.headers) for _ in range(4)
            )
            answers = await asyncio.gather(*requests)

            assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]


async def test_an_api_key_needs_the_scope(client: httpx.AsyncClient, ada: Person) -> None:
    team = await create(client, ada)
    reading = await make_key(client, ada, "teams:read")
    read = await client.get(path_of(team), headers=reading.headers)
    changed = await client.patch(path_of(team), json={"name": "X"}, headers=reading.headers)

    assert read.status_code == 200
    assert (changed.status_code, changed.json()["code"]) == (403, "INSUFFICIENT_SCOPE")


async def test_the_audit_trail_records_each_change(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    team = await create(client, ada)
    await join(database, team, bob, "member")
    await client.patch(path_of(team), json={"name": "Band"}, headers=ada.headers)
    await client.patch(path_of(team, bob), json={"role": "viewer"}, headers=ada.headers)
    await client.delete(path_of(team, bob), headers=bob.headers)
    await client.delete(path_of(team), headers=ada.headers)
    expected = {
        ("team.created", ada.id),
        ("team.renamed", ada.id),
        ("team.member_role_changed", ada.id),
        ("team.member_removed", bob.id),
        ("team.deleted", ada.id),
    }

    async def is_recorded() -> bool:
        rows = await database.fetch(
            "SELECT event_name, actor_id FROM audit.entry WHERE data->>'team_id' = $1", team["id"]
        )
        return {(row["event_name"], str(row["actor_id"])) for row in rows} == expected

    await eventually(is_recorded)
