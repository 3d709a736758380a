"""Finds a request's route in an index, and runs its dependency plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic_core import PydanticUndefined
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.http.fast.plan import DependencyPlan
from BE.core.http.routes import Handle, StrictRoute, strict_routes
from BE.core.http.strict_body import ParsedRequest, takes_form

_HANDLE = "bounded.fast_handle"


def install_fast_path(
    app: FastAPI, routers: Iterable[APIRouter]
) -> Callable[[Scope], Scope | None]:
    """Add the innermost middleware; returns the function that finds a request's route."""
    app.add_middleware(FastPathMiddleware)
    return FastPath(routers).find


@dataclass(frozen=True, slots=True)
class _Entry:
    beginning: str
    """The path up to its first parameter."""
    route: StrictRoute
    handle: Handle | None
    """``None`` where only FastAPI itself can answer."""


class FastPath:
    """The routes by their paths: FastAPI would match the path with each route of each router."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._without_parameters: dict[tuple[str, str], dict[str, Any]] = {}
        """By method and path: what to add to the scope."""
        self._by_slashes: dict[int, list[_Entry]] = {}
        routes = strict_routes(routers)
        # a route of a class of its own looks at more than method and path
        of_own_class = {route.path_format for route in routes if type(route) is not StrictRoute}
        for route in routes:
            if route.param_convertors or route.path_format in of_own_class:
                self._add(route)
            else:
                self._add_without_parameters(route)

    def find(self, scope: Scope) -> Scope | None:
        """What to add to the scope of a request, or ``None`` where no route matches."""
        path: str = scope["path"]
        found = self._without_parameters.get((scope["method"], path))
        if found is not None and not scope.get("root_path"):
            return {**found, "path_params": {}}
        return _first_match(self._by_slashes.get(path.count("/"), ()), scope)

    def _add(self, route: StrictRoute) -> None:
        path = route.path_format
        beginning, _, _ = path.partition("{")
        entry = _Entry(beginning, route, _fast_handle(route))
        self._by_slashes.setdefault(path.count("/"), []).append(entry)

    def _add_without_parameters(self, route: StrictRoute) -> None:
        found = {"endpoint": route.endpoint, "route": route, _HANDLE: _fast_handle(route)}
        for method in route.methods or ():
            self._without_parameters.setdefault((method, route.path_format), found)


class FastPathMiddleware:
    """The innermost one: it bypasses FastAPI's router, exit stacks and dependency solver."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle: Handle | None = scope.get(_HANDLE)
        if handle is None or scope["app"].dependency_overrides:
            await self._app(scope, receive, send)
            return
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)


def _first_match(entries: Iterable[_Entry], scope: Scope) -> Scope | None:
    for entry in entries:
        if scope["path"].startswith(entry.beginning):
            match, found = entry.route.matches(scope)
            if match is Match.FULL:
                found[_HANDLE] = entry.handle
                return found
    return None


def _fast_handle(route: StrictRoute) -> Handle | None:
    plan = None if takes_form(route) else DependencyPlan.of(route.dependant, without=route.gates)
    if plan is None:
        return None

    async def handle(request: Request) -> Response:
        if isinstance(request, ParsedRequest):
            return await plan.answer(request, await request.json(), is_large=request.is_large)
        return await plan.answer(request, PydanticUndefined)

    return route.keep_promises(handle)
