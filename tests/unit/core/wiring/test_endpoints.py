"""The dependencies of endpoints are checked before the first request."""

from typing import Any

import pytest
from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Object
from fastapi import Response

from BE.core.http.access import PUBLIC
from BE.core.http.dependencies import Provided
from BE.core.http.routes import ModuleRouter, module_router
from BE.core.wiring.context import Context
from BE.core.wiring.core import CORE
from BE.core.wiring.declaring import singleton
from BE.core.wiring.endpoints import services_by_type
from BE.core.wiring.errors import WiringError
from BE.core.wiring.joining import join
from config import Settings


class Shelf:
    pass


class Clerk:
    pass


class Till:
    pass


class ShelfRepository:
    pass


ShelfRepository.__module__ = "BE.modules.storage.repository"


class Needed(DeclarativeContainer):
    """What the core needs from contexts."""

    api_key_exchange = singleton(object)
    identity_service = singleton(object)
    revocations = singleton(object)


class Storage(DeclarativeContainer):
    shelf = singleton(Shelf)
    shelf_repository = singleton(ShelfRepository)


class Counter(DeclarativeContainer):
    clerk = singleton(Clerk)
    left = singleton(Till)
    right = singleton(Till)


def router_needing(kind: Any) -> ModuleRouter:
    router = module_router("counter", access=PUBLIC)

    async def serve(dependency: Provided[kind]) -> Response:
        return Response()

    router.add_api_route("", serve)
    return router


def services(settings: Settings, *routers: ModuleRouter) -> dict[type, Any]:
    contexts: list[Context[Any]] = [
        Context(name="needed", container=Needed),
        Context(name="storage", container=Storage),
        Context(name="counter", container=Counter, routers=routers),
        CORE,
    ]
    parts, _ = join(contexts, Object(settings))
    return services_by_type(parts)


def test_an_endpoint_gets_services_of_its_own_context_and_the_core(
    base_settings: Settings,
) -> None:
    from BE.core.http.pagination import Cursors

    found = services(base_settings, router_needing(Clerk), router_needing(Cursors))

    assert isinstance(found[Clerk](), Clerk)
    assert isinstance(found[Cursors](), Cursors)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (int, r"asks for int, which nobody provides: add `… = singleton\(int, …\)` to BE/modules"),
        (
            Shelf,
            "serve of counter asks for Shelf, which belongs to storage: .* subscribes to an event",
        ),
        (Till, "serve of counter asks for Till, and left and right both are that"),
        (ShelfRepository, "asks for ShelfRepository, a repository: ask a service"),
    ],
)
def test_a_type_that_an_endpoint_may_not_use_is_refused(
    kind: type, reason: str, base_settings: Settings
) -> None:
    with pytest.raises(WiringError, match=reason):
        services(base_settings, router_needing(kind))


def test_the_needs_of_a_dependency_are_checked_too(base_settings: Settings) -> None:
    from fastapi import Depends

    async def through(dependency: Provided[Shelf]) -> None:
        pass

    router = module_router("counter", access=PUBLIC)

    async def serve() -> Response:
        return Response()

    router.add_api_route("", serve, dependencies=[Depends(through)])

    with pytest.raises(WiringError, match="asks for Shelf, which belongs to storage"):
        services(base_settings, router)
