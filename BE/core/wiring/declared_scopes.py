"""Collects the scopes that contexts declare, and checks their routes against them."""

from collections.abc import Sequence
from typing import Any

from BE.core.http.routes import StrictRoute, strict_routes
from BE.core.security.scopes import ANY_SCOPE, Scope
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def declared_scopes(parts: Sequence[Part[Any]]) -> list[Scope]:
    """Raises :class:`WiringError` if two contexts declare one scope.

    Raises it too if a route, or a change in the live feed, needs an undeclared one.
    """
    owners: dict[Scope, str] = {}
    for part in parts:
        for scope in part.context.scopes:
            if scope in owners:
                raise WiringError(
                    f"{owners[scope]} and {part.context.name} both declare the scope {scope}:"
                    " a scope belongs to one context."
                )
            owners[scope] = part.context.name
    for part in parts:
        for route in strict_routes(part.context.routers):
            for scope in _needed(route):
                if scope not in owners:
                    raise WiringError(
                        f"{route.path} needs the scope {scope}, which no context declares: correct"
                        f" it, or add it to the scopes of {part.context.name}."
                    )
        for shown in part.context.shown:
            if shown.scope is not None and shown.scope not in part.context.scopes:
                raise WiringError(
                    f"{shown.name} is shown to API keys with the scope {shown.scope}, which"
                    f" {part.context.name} does not declare: correct it, or add it to its scopes."
                )
    return [*owners]


def _needed(route: StrictRoute) -> set[Scope]:
    gate = route.key_gate
    if gate is None:
        return set()
    scopes = (gate.scope_of(method) for method in route.methods or ())
    return {scope for scope in scopes if scope not in {None, ANY_SCOPE}}
