"""Teams that browser tests create."""

from typing import Any

from BE.core.security.team_roles import TeamRole
from tests.support.mail_links import tokens_to
from tests.support.people import Person
from tests.support.processes.server import Server


def create_team(owner: Person, name: str = "Analytical Engine") -> dict[str, Any]:
    team: dict[str, Any] = owner.api.post("/teams", json={"name": name}).raise_for_status().json()
    return team


def admit(
    application: Server, team: dict[str, Any], owner: Person, member: Person, role: TeamRole
) -> None:
    """Make a person a member by an invitation, as people join."""
    body = {"email": member.email, "role": role}
    owner.api.post(f"/teams/{team['id']}/invitations", json=body).raise_for_status()
    [token, *_] = tokens_to(application, member.email, "/join", count=1)
    member.api.post("/invitations/accept", json={"token": token}).raise_for_status()


def id_of(person: Person) -> str:
    user_id: str = person.api.get("/users/me").raise_for_status().json()["id"]
    return user_id


def roles(team: dict[str, Any], reader: Person) -> dict[str, str]:
    """The role of each member, by email."""
    answer = reader.api.get(f"/teams/{team['id']}/members").raise_for_status()
    return {member["email"]: member["role"] for member in answer.json()["items"]}
