"""Routes that take exactly what they declare: strict JSON, no unknown query parameter."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from functools import cached_property
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends, Form
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from BE.core.context import current_request
from BE.core.exceptions import Detail, InvalidInputError, TransactionConflictError
from BE.core.http.fast.plan import DependencyPlan
from BE.core.http.idempotency import IDEMPOTENT, Claim, Idempotency
from BE.core.http.json_bodies import parse_json
from BE.core.http.large_bodies import LARGE, beside_the_loop

log = structlog.get_logger(__name__)

API = "/api/v1"
HEALTH = "/health"
LIVE = f"{HEALTH}/live"
READY = f"{HEALTH}/ready"
METRICS = "/metrics"

type _Handle = Callable[[Request], Coroutine[Any, Any, Response]]

_FOUND = "bounded.route"
_ADMITTED = "bounded.admitted"
_PROBES = frozenset({HEALTH, LIVE, READY, METRICS})


class Gate(ABC):
    """A dependency that only refuses: it is asked before the body is read, and asked once."""

    @abstractmethod
    async def __call__(self, request: Request) -> Any:
        """Raises what the caller is answered."""


class Access(Gate):
    """Who may call a route: each declares one, among its own or its router's dependencies."""


class StrictRoute(APIRoute):
    """Resolves along a plan, where there is one; else FastAPI resolves."""

    _plan: DependencyPlan | None
    _gates: list[Gate]
    _strict: _Handle

    def has_plan_for(self, scope: Scope) -> bool:
        return self._plan is not None and not scope["app"].dependency_overrides

    async def follow_plan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer past FastAPI's exit stacks, which no step of a plan could enter."""
        response = await self._strict(Request(scope, receive, send))
        await response(scope, receive, send)

    async def admit(self, scope: Scope) -> None:
        """Ask the gates, unless that has been done. Raises what they raise."""
        if scope.get(_ADMITTED) is not self:
            for gate in self._gates:
                await gate(Request(scope))
            scope[_ADMITTED] = self

    def get_route_handler(self) -> _Handle:
        fallback = super().get_route_handler()
        dependencies = [declared.dependency for declared in self.dependencies]
        gates = [dependency for dependency in dependencies if isinstance(dependency, Gate)]
        if sum(isinstance(gate, Access) for gate in gates) != 1:
            raise TypeError(f"{self.path_format} must declare who may call it, once")
        known = frozenset(_query_names(self.dependant))
        is_idempotent = IDEMPOTENT in self.dependencies
        takes_form = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        takes_json = self.body_field is not None and not takes_form
        plan = None if takes_form else DependencyPlan.of(self.dependant, without=gates)
        self._plan, self._gates = plan, gates

        async def handle(request: Request) -> Response:
            if plan is None or request.app.dependency_overrides:
                return await fallback(request)
            if not isinstance(request, _ParsedRequest):
                return await plan.answer(request, PydanticUndefined)
            return await plan.answer(request, await request.json(), is_large=request.is_large)

        async def strict(request: Request) -> Response:
            await self.admit(request.scope)  # so a stranger gets 401, whatever else is wrong
            if request.scope["query_string"]:
                _refuse_unknown(request, known)
            if takes_json and (body := await request.body()):
                is_large = len(body) > LARGE
                value = (
                    await beside_the_loop(parse_json, request, body)
                    if is_large
                    else parse_json(request, body)
                )
                request = _ParsedRequest(request, body, value, is_large=is_large)
            if is_idempotent and "idempotency-key" in request.headers:
                return await _once(request, handle)
            return await _twice_at_most(request, handle)

        self._strict = strict
        return strict


class ModuleRouter(APIRouter):
    """Finds a route once, among those of the path and of paths with as many segments.

    FastAPI looks at every route of every router, and again for the one that fits. It holds strict
    routes alone, none of them with a parameter for several segments, and is included as it is.
    """

    carries_secrets = False
    """Whether bodies below its prefix hold passwords and tokens: small, and never stored."""

    async def admit(self, scope: Scope) -> None:
        """Ask the gates of the route that matches. Raises what they raise."""
        _, found = scope[_FOUND]
        scope.update(found)
        await found["route"].admit(scope)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if _FOUND in scope:
            router, _ = scope[_FOUND]
            return (Match.FULL if router is self else Match.NONE), {}
        path, best = scope["path"], Match.NONE
        if not path.startswith(self._beginning) or path.endswith("\n"):  # which `$` overlooks
            return best, {}
        for route in self._candidates(path):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope[_FOUND] = self, found
                return match, {}
            if match is Match.PARTIAL:
                best = match
        return best, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, found = scope.pop(_FOUND, (self, None))
        if found is not None and found["route"].has_plan_for(scope):
            scope.update(found)
            await found["route"].follow_plan(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    @cached_property
    def _beginning(self) -> str:
        return self.prefix.partition("{")[0]

    def _candidates(self, path: str) -> Iterator[BaseRoute]:
        yield from self._fixed.get(path, ())
        yield from self._by_slashes.get(path.count("/"), ())

    @cached_property
    def _fixed(self) -> dict[str, list[BaseRoute]]:
        return self._by(lambda path: None if "{" in path else path)

    @cached_property
    def _by_slashes(self) -> dict[int, list[BaseRoute]]:
        return self._by(lambda path: path.count("/") if "{" in path else None)

    def _by[Key](self, key_of: Callable[[str], Key | None]) -> dict[Key, list[BaseRoute]]:
        found: dict[Key, list[BaseRoute]] = {}
        for route in self.routes:
            assert isinstance(route, StrictRoute)  # noqa: S101 - for mypy
            key = key_of(route.path_format)
            if key is not None:
                found.setdefault(key, []).append(route)
        return found


def module_router(
    name: str, *, access: Depends | None = None, carries_secrets: bool = False
) -> ModuleRouter:
    """The router of a module, at ``/api/v1/{name}``; without ``access`` each route declares its."""
    router = ModuleRouter(
        prefix=f"{API}/{name}",
        tags=[name],
        route_class=StrictRoute,
        dependencies=[access] if access else None,
    )
    router.carries_secrets = carries_secrets
    return router


def mirrored(
    router: APIRouter, path: str, *, suffix: str, access: Depends, dependency: Depends
) -> ModuleRouter:
    """The same endpoints once more, at ``/api/v1/{path}``, for others and behind ``dependency``.

    ``suffix`` tells the names of the operations apart.
    """
    mirror = ModuleRouter(prefix=f"{API}/{path}", tags=router.tags, route_class=StrictRoute)
    for route in router.routes:
        assert isinstance(route, StrictRoute)  # noqa: S101 - for mypy
        mirror.add_api_route(
            route.path.removeprefix(router.prefix),
            route.endpoint,
            methods=list(route.methods or ()),
            name=route.name + suffix,
            status_code=route.status_code,
            response_model=route.response_model,
            responses=route.responses,
            dependencies=[
                access,
                dependency,
                *(each for each in route.dependencies if not isinstance(each.dependency, Access)),
            ],
            openapi_extra=route.openapi_extra,
        )
    return mirror


def is_probe(path: str) -> bool:
    """Whether it is for probes, which are answered however full the process is."""
    return path in _PROBES


class _ParsedRequest(Request):
    """A request whose body was read and parsed before FastAPI asks for it."""

    def __init__(self, request: Request, body: bytes, value: Any, *, is_large: bool) -> None:
        super().__init__(request.scope, request.receive)
        self.is_large = is_large
        self._body = body
        self._value = value

    async def json(self) -> Any:
        return self._value


async def _twice_at_most(request: Request, handle: _Handle) -> Response:
    """Replay a request that another one's transaction undid, unless it has committed before."""
    try:
        return await handle(request)
    except TransactionConflictError:
        context = current_request()
        if context is None or context.has_committed:
            raise
    log.info("request_replayed")
    return await handle(request)


async def _once(request: Request, handle: _Handle) -> Response:
    idempotency: Idempotency = request.app.state.container.idempotency()
    claim = await Claim.of(request, request.scope["principal"].user_id)
    return await idempotency.once(claim, lambda: handle(request))


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _flat(each)


def _query_names(dependant: Dependant) -> Iterator[str]:
    for each in _flat(dependant):
        for parameter in each.query_params:
            fields = getattr(parameter.field_info.annotation, "model_fields", None)
            yield from fields or [parameter.alias]


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    if not known.issuperset(request.query_params):
        allowed = ", ".join(sorted(known)) or "none"
        message = f"Unknown query parameter; known here: {allowed}"
        raise InvalidInputError(details=[Detail("query", message, "extra_forbidden")])
