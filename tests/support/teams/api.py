"""Teams over HTTP.

``RACES=200`` repeats each race as often as a release needs.
"""

import os
from typing import Any
from uuid import UUID

import httpx

from BE.core.database.database import Database
from BE.core.security.team_roles import TeamRole
from tests.support.client import Person

TEAMS = "/api/v1/teams"
RACES = int(os.environ.get("RACES", "20"))


async def create(
    client: httpx.AsyncClient, person: Person, name: str = "Analytical Engine"
) -> dict[str, Any]:
    answer = await client.post(TEAMS, json={"name": name}, headers=person.headers)
    assert answer.status_code == 201, answer.text
    team: dict[str, Any] = answer.json()
    return team


def path_of(team: dict[str, Any], member: Person | None = None) -> str:
    path = f"{TEAMS}/{team['id']}"
    return path if member is None else f"{path}/members/{member.id}"


async def join(database: Database, team: dict[str, Any], person: Person, role: TeamRole) -> None:
    """Make a person a member directly in the database, without an invitation."""
    await database.execute(
        "INSERT INTO teams.membership (team_id, user_id, role) VALUES ($1, $2, $3)",
        UUID(team["id"]),
        UUID(person.id),
        role,
    )


async def roles(client: httpx.AsyncClient, team: dict[str, Any], reader: Person) -> dict[str, str]:
    """The role of each member, by id."""
    answer = await client.get(f"{path_of(team)}/members", headers=reader.headers)
    assert answer.status_code == 200, answer.text
    return {member["user_id"]: member["role"] for member in answer.json()["items"]}


INVITED = "You are invited to a team"


async def invite(
    client: httpx.AsyncClient,
    team: dict[str, Any],
    inviter: Person,
    email: str,
    role: TeamRole = "member",
) -> httpx.Response:
    body = {"email": email, "role": role}
    return await client.post(f"{path_of(team)}/invitations", json=body, headers=inviter.headers)


async def invitations(
    client: httpx.AsyncClient, team: dict[str, Any], reader: Person
) -> list[dict[str, Any]]:
    answer = await client.get(f"{path_of(team)}/invitations", headers=reader.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def revoke(
    client: httpx.AsyncClient, team: dict[str, Any], actor: Person, invitation_id: str
) -> httpx.Response:
    path = f"{path_of(team)}/invitations/{invitation_id}"
    return await client.delete(path, headers=actor.headers)


async def accept(client: httpx.AsyncClient, person: Person, token: str) -> httpx.Response:
    return await client.post(
        "/api/v1/invitations/accept", json={"token": token}, headers=person.headers
    )
