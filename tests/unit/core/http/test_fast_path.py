"""The fast path finds the same routes as FastAPI, and can be switched off."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from BE.core.http.fast.fast_path import FastPath, FastPathMiddleware
from BE.core.http.routes import find_among
from config import Settings
from container import Container
from main import create_app
from tests.support.client import ROUTES

ROUTERS: list[Any] = [type("Router", (), {"routes": ROUTES})]
NO_ROUTES = ["/", "/api/v1", "/api/v1/tasks/", "/api/v1/tasks\n", "/api/v1/tasks/1/2/3/4"]


def scope_of(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": []}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_is_found_as_fastapi_finds_it(route: APIRoute) -> None:
    for method in route.methods or ():
        scope = scope_of(method, route.path.replace("{", "").replace("}", ""))
        fast, plain = FastPath(ROUTERS).find(scope), find_among(ROUTERS)(scope)

        assert fast is not None
        assert plain is not None
        assert fast["route"] is plain["route"] is route
        assert fast["path_params"] == plain["path_params"]


@pytest.mark.parametrize("path", NO_ROUTES)
def test_an_unknown_path_is_not_found(path: str) -> None:
    scope = scope_of("GET", path)

    assert FastPath(ROUTERS).find(scope) is find_among(ROUTERS)(scope) is None


def test_a_method_that_a_route_does_not_have_is_left_to_fastapi() -> None:
    assert FastPath(ROUTERS).find(scope_of("PUT", "/api/v1/tasks")) is None


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_setting_switches_the_fast_path_on_and_off(
    base_settings: Settings, *, fast_path: bool
) -> None:
    settings = base_settings.model_copy(update={"fast_path": fast_path})
    app = create_app(Container(settings=settings))
    middleware: list[Any] = [added.cls for added in app.user_middleware]

    assert (FastPathMiddleware in middleware) == fast_path
