"""Each route declares which callers may use it."""

from typing import Any

import pytest
from dependency_injector.containers import DeclarativeContainer
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

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
from BE.core.http.documentation.document import Documents
from BE.core.http.paths import FIRST_VERSION, version_in
from BE.core.http.routes import StrictRoute, module_router
from BE.core.wiring.context import Context
from BE.core.wiring.errors import WiringError
from config import Settings
from container import Container
from main import create_app
from tests.support.application import TESTED, container_of
from tests.support.client import ROUTES

DOCUMENTATION = {
    *("/", "/docs", "/docs/assets", "/redoc", "/api/v1/openapi.json"),
    *("/docs/v2", "/redoc/v2", "/api/v2/openapi.json"),  # of the specimen's second version
}


OPEN_TO_ALL = {
    *("health", "live", "ready"),
    *("register", "login", "refresh", "issue_token"),
    *("request_passkey", "sign_in_with_passkey"),
    *("prove_second_factor", "request_second_factor_passkey"),
    *("confirm_email_change", "cancel_email_change"),
    *("forget_password", "reset_password", "verify_email"),
    *("list_providers", "start_provider_sign_in", "finish_provider_sign_in"),
}


def declared(route: Any) -> list[Any]:
    dependencies = getattr(route, "dependencies", [])
    return [
        dependency.dependency
        for dependency in dependencies
        if isinstance(dependency.dependency, Access)
    ]


def undeclared(app: FastAPI) -> set[str | None]:
    """The paths of ``app`` whose route does not declare its access exactly once."""
    return {
        context.path for context in iter_route_contexts(app.routes) if len(declared(context)) != 1
    }


def test_every_route_declares_who_may_call_it(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))

    assert undeclared(app) == DOCUMENTATION


def test_only_the_listed_routes_are_public() -> None:
    assert {route.name for route in ROUTES if declared(route) == [PUBLIC.dependency]} == OPEN_TO_ALL


def test_production_serves_only_declared_routes(base_settings: Settings) -> None:
    production = base_settings.model_copy(update={"environment": "production"})

    assert undeclared(create_app(container_of(production))) == set()


def test_a_route_without_declared_access_is_detected(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))
    app.add_api_route("/api/v1/forgotten", lambda: None)

    assert undeclared(app) == DOCUMENTATION | {"/api/v1/forgotten"}


@pytest.mark.parametrize("dependencies", [[], [NO_KEYS], [SIGNED_IN, ADMIN, NO_KEYS]])
def test_a_module_s_route_must_declare_its_access_once(dependencies: list[Any]) -> None:
    router = module_router("secrets")

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare who may call it"):
        router.get("/all", dependencies=dependencies)(test_production_serves_only_declared_routes)


@pytest.mark.parametrize(
    "access", [SIGNED_IN, ADMIN, SELF_OR_ADMIN], ids=["signed", "admin", "self"]
)
@pytest.mark.parametrize("keys", [[], [NO_KEYS, keys_with("tasks:read")]], ids=["none", "two"])
def test_a_route_with_a_token_must_declare_a_scope_or_no_keys(access: Any, keys: list[Any]) -> None:
    router = module_router("secrets", access=access)

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare the scope of API keys"):
        router.get("/all", dependencies=keys)(test_production_serves_only_declared_routes)


@pytest.mark.parametrize("access", [PUBLIC, SIGNED_IN_BEFORE], ids=["public", "before"])
def test_a_route_without_a_token_cannot_declare_a_scope(access: Any) -> None:
    router = module_router("secrets", access=access, keys=keys_with("tasks:read"))

    with pytest.raises(TypeError, match="/api/v1/secrets/all must declare the scope of API keys"):
        router.get("/all")(test_production_serves_only_declared_routes)


def test_two_contexts_cannot_declare_the_same_scope(
    base_settings: Settings,
) -> None:
    twin = Context(name="twin", container=DeclarativeContainer, scopes=("tasks:read",))

    with pytest.raises(WiringError, match="tasks and twin both declare the scope tasks:read"):
        Container(base_settings, (*TESTED, twin))


def test_the_client_of_the_tests_lists_every_route(base_settings: Settings) -> None:
    app = create_app(container_of(base_settings))

    paths = {context.path for context in iter_route_contexts(app.routes)} - DOCUMENTATION
    assert {route.path for route in ROUTES} == paths


def described(documents: Documents, route: StrictRoute) -> dict[str, Any]:
    """The route's operations by method, in the document of its version."""
    paths = documents.of(version_in(route.path) or FIRST_VERSION)["paths"]
    operations: dict[str, Any] = paths[route.path]
    return operations


def test_openapi_shows_which_routes_need_a_token(base_settings: Settings) -> None:
    documents: Documents = create_app(container_of(base_settings)).state.documents

    for route in ROUTES:
        for method in route.methods or ():
            operation = described(documents, route)[method.lower()]
            needs_token = declared(route) != [PUBLIC.dependency]
            assert bool(operation["security"]) == needs_token, route.path


def test_openapi_lists_the_refusals_of_callers_without_access(base_settings: Settings) -> None:
    documents: Documents = create_app(container_of(base_settings)).state.documents

    for route in ROUTES:
        if declared(route) not in ([PUBLIC.dependency], [SIGNED_IN_BEFORE.dependency]):
            for method in route.methods or ():
                operation = described(documents, route)[method.lower()]
                assert {"401", "403"} <= operation["responses"].keys(), route.path
