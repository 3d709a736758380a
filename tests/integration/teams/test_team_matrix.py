"""Every route with a team in its path, called with every role: it admits those it declares."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.http.access import SIGNED_IN, keys_with
from BE.core.http.documentation.document import Documents
from BE.core.http.routes import module_router
from BE.core.http.team_access import in_team
from BE.core.security.team_roles import TeamRole, is_at_least
from BE.core.types import new_id
from tests.support.client import Person, sign_up
from tests.support.teams.api import create, join

ROLES: tuple[TeamRole, ...] = ("viewer", "member", "admin", "owner")


def operations(app: FastAPI) -> list[tuple[str, str, TeamRole]]:
    """The method, path and declared role of each operation with a team in its path."""
    documents: Documents = app.state.documents
    return [
        (method.upper(), path, operation["x-access"]["team_role"])
        for version in documents.versions
        for path, methods in documents.of(version)["paths"].items()
        for method, operation in methods.items()
        if "{team_id}" in path
    ]


async def test_every_operation_admits_only_the_roles_that_it_declares(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, root: Person, database: Database
) -> None:
    people: dict[str, Person] = {role: await sign_up(client) for role in ROLES}
    of_another = await sign_up(client)
    await create(client, of_another, "Another")
    wrong = []

    for method, path, needed in operations(app):
        team = await create(client, ada)
        for role in ROLES:
            await join(database, team, people[role], role)
        url = re.sub(r"\{\w+\}", lambda _: str(new_id()), path.replace("{team_id}", team["id"]))
        expected: list[tuple[str, Person | None, int]] = [
            ("anonymous", None, 401),
            ("of another team", of_another, 404),
            ("admin of the service", root, 404),
        ]
        for name, person, status in expected:
            answer = await client.request(method, url, headers=person.headers if person else {})
            if answer.status_code != status:
                wrong.append(f"{method} {path}, {name}: {answer.status_code}")
        for role in ROLES:  # the owner last, since they may delete the team
            answer = await client.request(method, url, headers=people[role].headers)
            text = "" if answer.status_code < 400 else answer.json()["error"]
            is_refused = text == "Your role in this team does not allow this"
            if is_refused == is_at_least(role, needed) or "no such team" in text:
                wrong.append(f"{method} {path}, {role}: {answer.status_code} {text}")

    assert wrong == []
    assert len(operations(app)) >= 6


def test_the_document_names_a_role_where_a_path_names_a_team(app: FastAPI) -> None:
    documents: Documents = app.state.documents
    for version in documents.versions:
        for path, methods in documents.of(version)["paths"].items():
            for operation in methods.values():
                assert (operation["x-access"]["team_role"] in ROLES) == ("{team_id}" in path), path


ACCESS = [SIGNED_IN, keys_with("teams:read")]


@pytest.mark.parametrize(
    ("path", "dependencies"),
    [
        ("/{team_id}/all", ACCESS),
        ("/{team_id}/all", [*ACCESS, in_team("viewer"), in_team("admin")]),
        ("/{team_id}/all", [in_team("viewer"), *ACCESS]),
        ("/all", [*ACCESS, in_team("viewer")]),
    ],
    ids=["none", "two", "before the access", "without a team"],
)
def test_a_route_cannot_be_made_without_declaring_the_role_once(
    path: str, dependencies: list[Any]
) -> None:
    router = module_router("secrets")

    with pytest.raises(TypeError, match=r"must declare in_team\(…\)"):
        router.get(path, dependencies=dependencies)(operations)
