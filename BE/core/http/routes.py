"""Routes that keep promises: declared access, known query, strict body, idempotency, replay."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from BE.core.http.access import Access, Gate, KeyGate, gates_among
from BE.core.http.deprecation import Deprecation, deprecation_among
from BE.core.http.errors import ANY_ROUTE, raises
from BE.core.http.form_checks import checks_among, reporting_all_faults
from BE.core.http.idempotency import IDEMPOTENT, answer_once
from BE.core.http.known_query import query_names, refuse_unknown_query
from BE.core.http.large_bodies import TAKES_FILES, receive_file
from BE.core.http.paths import FIRST_VERSION, api_of, version_in
from BE.core.http.replay import replay_on_conflict
from BE.core.http.strict_body import read_json, takes_json
from BE.core.http.team_access import TeamGate, team_gate_among

type Handle = Callable[[Request], Awaitable[Response]]

_ADMITTED = "bounded.admitted"


class StrictRoute(APIRoute):
    """Keeps each promise, then has the request carried out."""

    gates: Sequence[Gate]
    access: Access
    key_gate: KeyGate | None
    """``None`` where API keys are no tokens."""
    team_gate: TeamGate | None
    """``None`` where the path names no team."""
    deprecation: Deprecation | None
    takes_files: bool

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[Depends] | None = None,
        responses: dict[int | str, dict[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        """Raises :class:`TypeError` without exactly one declared access.

        An access that takes API keys needs one scope beside it, or ``NO_KEYS``; a path with
        ``{team_id}`` a role of its team.
        """
        self.gates = gates_among(dependencies or ())
        self.deprecation = deprecation_among(dependencies or ())
        self.takes_files = TAKES_FILES in (dependencies or ())
        accesses = [gate for gate in self.gates if isinstance(gate, Access)]
        if len(accesses) != 1:
            raise TypeError(f"{path} must declare who may call it, once")
        [self.access] = accesses
        key_gates = [gate for gate in self.gates if isinstance(gate, KeyGate)]
        if len(key_gates) != self.access.takes_keys:
            raise TypeError(f"{path} must declare the scope of API keys, or NO_KEYS, once")
        self.key_gate = key_gates[0] if key_gates else None
        self.team_gate = team_gate_among(path, self.gates)
        refusals = [refusal for gate in self.gates for refusal in gate.refuses_with]
        super().__init__(
            path,
            endpoint,
            dependencies=dependencies,
            responses=raises(*ANY_ROUTE, *refusals) | (responses or {}),
            **(options | ({"deprecated": True} if self.deprecation else {})),
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.keep_promises(super().get_route_handler())

    def keep_promises(self, handle: Handle) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """``handle``, behind the promises of every route."""
        handle = reporting_all_faults(handle, checks_among(self.dependencies))
        known = query_names(self)
        reads_json = takes_json(self)
        is_idempotent = IDEMPOTENT in self.dependencies

        async def answer(request: Request) -> Response:
            await self.admit(request.scope)  # first: callers without access see nothing else
            refuse_unknown_query(request, known)
            if reads_json:
                request = await read_json(request)
            elif self.takes_files:
                request = await receive_file(request)
            if is_idempotent and "idempotency-key" in request.headers:
                return await answer_once(request, handle)
            return await replay_on_conflict(request, handle)

        return answer

    async def admit(self, scope: Scope) -> None:
        """Run the gates once. Raises what they raise."""
        if scope.get(_ADMITTED) is not self:
            request = Request(scope)
            for gate in self.gates:
                await gate(request)
            scope[_ADMITTED] = self

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].endswith("\n"):  # `$`, with which Starlette's patterns end, allows one
            return Match.NONE, {}
        return super().matches(scope)


class ModuleRouter(APIRouter):
    """A router of strict routes."""

    carries_secrets = False
    """Whether bodies below its prefix hold passwords and tokens: small, and never stored."""


def strict_routes(routers: Iterable[APIRouter]) -> list[StrictRoute]:
    """The routes of ``routers``, all but those of FastAPI's own kind."""
    routes = (route for router in routers for route in router.routes)
    return [route for route in routes if isinstance(route, StrictRoute)]


def versions_among(routers: Iterable[APIRouter]) -> list[int]:
    """The versions of the API that they serve; the first is always one of them."""
    found = {version_in(route.path) for route in strict_routes(routers)}
    return sorted({FIRST_VERSION, *(version for version in found if version is not None)})


def find_among(routers: Iterable[APIRouter]) -> Callable[[Scope], Scope | None]:
    """A function that finds a request's route: what to add to its scope, or ``None``."""
    routes = strict_routes(routers)

    def find(scope: Scope) -> Scope | None:
        for route in routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return found
        return None

    return find


def module_router(
    name: str,
    *,
    path: str | None = None,
    access: Depends | None = None,
    keys: Depends | None = None,
    rows: Depends | None = None,
    carries_secrets: bool = False,
    version: int = FIRST_VERSION,
    deprecation: Depends | None = None,
) -> ModuleRouter:
    """The router of a module, at ``/api/v1/{name}`` or at another ``path`` or ``version``.

    Without ``access`` each route declares its own, and without ``keys`` the scope of API keys.
    ``rows`` says whose rows its statements may return. A ``deprecation`` applies to each route.
    """
    router = ModuleRouter(
        prefix=f"{api_of(version)}/{path or name}",
        tags=[name],
        route_class=StrictRoute,
        dependencies=[declared for declared in (deprecation, access, keys, rows) if declared],
    )
    router.carries_secrets = carries_secrets
    return router


def mirrored(
    router: APIRouter,
    path: str,
    *,
    suffix: str,
    access: Depends,
    dependency: Depends,
    role: Depends | None = None,
) -> ModuleRouter:
    """The same endpoints of the same version at another path, with another access.

    Only they have the ``dependency``. A path that names a team declares the ``role`` in it.

    ``suffix`` distinguishes the names of the operations.
    """
    version = version_in(router.prefix) or FIRST_VERSION
    mirror = ModuleRouter(
        prefix=f"{api_of(version)}/{path}", tags=router.tags, route_class=StrictRoute
    )
    for route in strict_routes([router]):
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
                *(
                    declared
                    for declared in route.dependencies
                    if not isinstance(declared.dependency, Access)
                ),
                *([role] if role else []),
            ],
            openapi_extra=route.openapi_extra,
        )
    return mirror
