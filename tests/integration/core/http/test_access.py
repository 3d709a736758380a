"""Who may call which route: what each declares, and what it answers to whom."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from BE.core.database.database import Database
from BE.core.http.access import (
    ADMIN,
    NO_KEYS,
    PUBLIC,
    SELF_OR_ADMIN,
    SIGNED_IN,
    SIGNED_IN_BEFORE,
    Access,
    keys_with,
)
from BE.core.http.routes import StrictRoute, module_router
from BE.core.security.principals import Principal, Role
from BE.core.types import new_id
from config import Settings
from main import create_app
from tests.support.application import container_of
from tests.support.client import ROUTES
from tests.support.streams.short import end_streams_at_once

EVERYBODY = {"anonymous", "other", "self", "admin"}
ADMITTED = {
    PUBLIC.dependency: EVERYBODY,
    SIGNED_IN.dependency: EVERYBODY - {"anonymous"},
    SIGNED_IN_BEFORE.dependency: EVERYBODY,
    SELF_OR_ADMIN.dependency: {"self", "admin"},
    ADMIN.dependency: {"admin"},
}
DOCUMENTATION = {"/", "/docs", "/docs/assets", "/redoc", "/api/v1/openapi.json"}


OPEN_TO_ALL = {
    *("health", "live", "ready"),
    *("register", "login", "refresh", "issue_token"),
    *("forget_password", "reset_password", "verify_email"),
}


def declared(route: Any) -> list[Any]:
    dependencies = getattr(route, "dependencies", [])
    return [
        dependency.dependency
        for dependency in dependencies
        if isinstance(dependency.dependency, Access)
    ]


def undeclared(app: FastAPI) -> set[str | None]:
    """The paths of ``app`` whose route does not say, once, who may call it."""
    return {
        context.path for context in iter_route_contexts(app.routes) if len(declared(context)) != 1
    }


def test_every_route_declares_who_may_call_it(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))

    assert undeclared(app) == DOCUMENTATION


def test_nothing_is_public_by_mistake() -> None:
    assert {route.name for route in ROUTES if declared(route) == [PUBLIC.dependency]} == OPEN_TO_ALL


def test_in_production_nothing_else_is_served(base_settings: Settings) -> None:
    production = base_settings.model_copy(update={"environment": "production"})

    assert undeclared(create_app(container_of(production))) == set()


def test_a_route_that_declares_nothing_is_seen(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))
    app.add_api_route("/api/v1/forgotten", lambda: None)

    assert undeclared(app) == DOCUMENTATION | {"/api/v1/forgotten"}


@pytest.mark.parametrize("dependencies", [[], [NO_KEYS], [SIGNED_IN, ADMIN, NO_KEYS]])
def test_a_module_s_route_cannot_be_made_without_saying_it_once(dependencies: list[Any]) -> None:
    router = module_router("secrets")

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare who may call it"):
        router.get("/all", dependencies=dependencies)(test_in_production_nothing_else_is_served)


@pytest.mark.parametrize(
    "access", [SIGNED_IN, ADMIN, SELF_OR_ADMIN], ids=["signed", "admin", "self"]
)
@pytest.mark.parametrize("keys", [[], [NO_KEYS, keys_with("tasks:read")]], ids=["none", "two"])
def test_a_route_with_a_token_cannot_be_made_without_a_scope_or_no_keys(
    access: Any, keys: list[Any]
) -> None:
    router = module_router("secrets", access=access)

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare the scope of API keys"):
        router.get("/all", dependencies=keys)(test_in_production_nothing_else_is_served)


@pytest.mark.parametrize("access", [PUBLIC, SIGNED_IN_BEFORE], ids=["public", "before"])
def test_a_route_that_asks_nobody_for_a_token_cannot_ask_for_a_scope(access: Any) -> None:
    router = module_router("secrets", access=access, keys=keys_with("tasks:read"))

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare the scope of API keys"):
        router.get("/all")(test_in_production_nothing_else_is_served)


def test_the_client_of_the_tests_knows_every_route(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))

    paths = {context.path for context in iter_route_contexts(app.routes)} - DOCUMENTATION
    assert {route.path for route in ROUTES} == paths


def test_openapi_says_what_needs_a_token(base_settings: Settings) -> None:
    document = create_app(container_of(base_settings)).openapi()

    for route in ROUTES:
        for method in route.methods or ():
            operation = document["paths"][route.path][method.lower()]
            needs_token = declared(route) != [PUBLIC.dependency]
            assert bool(operation["security"]) == needs_token, route.path


def test_openapi_says_how_callers_without_access_are_refused(base_settings: Settings) -> None:
    document = create_app(container_of(base_settings)).openapi()

    for route in ROUTES:
        if declared(route) not in ([PUBLIC.dependency], [SIGNED_IN_BEFORE.dependency]):
            for method in route.methods or ():
                operation = document["paths"][route.path][method.lower()]
                assert {"401", "403"} <= operation["responses"].keys(), route.path


@dataclass(frozen=True)
class Callers:
    """An account each, and a token of a session that nothing ends."""

    ids: dict[str, str]
    headers: dict[str, dict[str, str]]


@pytest.fixture
async def callers(app: FastAPI, database: Database) -> Callers:
    tokens = app.state.container.access_tokens()
    roles: dict[str, Role] = {"other": "user", "self": "user", "admin": "admin"}
    ids, headers = {}, {"anonymous": dict[str, str]()}
    for name, role in roles.items():
        user_id, email = new_id(), f"{name}@example.com"
        await database.execute(
            "INSERT INTO auth.account (id, email, role) VALUES ($1, $2, $3)", user_id, email, role
        )
        await database.execute(
            "INSERT INTO users.profile (id, email, full_name, role) VALUES ($1, $2, $3, $4)",
            user_id,
            email,
            name,
            role,
        )
        ids[name] = str(user_id)
        token = tokens.issue(Principal(user_id, new_id(), role))
        headers[name] = {"Authorization": f"Bearer {token}"}
    return Callers(ids, headers)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_a_route_admits_whom_it_declares(
    client: httpx.AsyncClient,
    callers: Callers,
    route: StrictRoute,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_streams_at_once(monkeypatch)
    path = route.path.replace("{user_id}", callers.ids["self"])
    path = re.sub(r"\{\w+_id\}", str(new_id()), path.replace("{delivery_id}", "1"))
    method = next(iter(route.methods or ()))

    admitted = set()
    for caller, headers in callers.headers.items():
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code != 500
        if answer.status_code < 400 or answer.json()["code"] not in {"UNAUTHORIZED", "FORBIDDEN"}:
            admitted.add(caller)

    # to end all sessions of an account, a session of it must be open; these tokens have none
    nobody = route.name == "logout_everywhere"
    assert admitted == (set() if nobody else ADMITTED[declared(route)[0]])
