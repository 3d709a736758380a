"""Each scope belongs to one context, and a route needs only declared scopes."""

from dataclasses import replace
from typing import Any

import pytest
from dependency_injector.containers import DeclarativeContainer

from BE.core.events import HourPassed, Shown
from BE.core.http.access import ANY_KEY, NO_KEYS, SIGNED_IN, keys_with
from BE.core.http.routes import ModuleRouter, module_router
from BE.core.security.scopes import Scopes
from BE.core.wiring.context import Context
from BE.core.wiring.declared_scopes import declared_scopes
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def part(name: str, *scopes: str, keys: Any = NO_KEYS) -> Part[Any]:
    """A context with these scopes, whose only route accepts these keys."""
    return Part(
        Context(
            name=name,
            container=DeclarativeContainer,
            routers=(_router(name, keys),),
            scopes=scopes,
        )
    )


def _router(name: str, keys: Any) -> ModuleRouter:
    router = module_router(name, access=SIGNED_IN, keys=keys)
    router.add_api_route("", test_scopes_follow_the_order_of_their_contexts)
    return router


def test_scopes_follow_the_order_of_their_contexts() -> None:
    shop = part("shop", "shop:read", "shop:write", keys=keys_with("stock:read"))
    stock = part("stock", "stock:read", keys=keys_with("stock:read"))

    assert declared_scopes([shop, stock]) == ["shop:read", "shop:write", "stock:read"]


def test_a_scope_in_two_contexts_is_refused() -> None:
    parts = [part("shop", "stock:read"), part("stock", "stock:read")]

    with pytest.raises(WiringError, match="shop and stock both declare the scope stock:read"):
        declared_scopes(parts)


@pytest.mark.parametrize("keys", [keys_with("stock:raed"), keys_with("stock:read", "stock:raed")])
def test_a_route_with_an_undeclared_scope_is_refused(keys: Any) -> None:
    stock = part("stock", "stock:read", keys=keys)
    stock.context.routers[0].add_api_route(
        "/more", test_a_scope_in_two_contexts_is_refused, methods=["POST"]
    )

    with pytest.raises(WiringError, match="needs the scope stock:raed"):
        declared_scopes([stock])


def test_a_route_for_any_key_needs_no_scope() -> None:
    assert declared_scopes([part("feed", keys=ANY_KEY)]) == []


def test_a_change_is_shown_with_a_scope_of_its_own_context() -> None:
    shown = (Shown(HourPassed, "hour.passed", of="began_at", to="began_at", scope="shop:read"),)
    context = replace(part("stock", "stock:read").context, shown=shown)

    with pytest.raises(WiringError, match="shop:read, which stock does not declare"):
        declared_scopes([part("shop", "shop:read"), Part(context)])


def test_each_chosen_scope_is_given_once_and_in_order() -> None:
    scopes = Scopes()
    scopes.declare("shop:read", "shop:write")
    scopes.declare("stock:read")

    assert scopes.once_each(["stock:read", "shop:read", "stock:read"]) == [
        "shop:read",
        "stock:read",
    ]
