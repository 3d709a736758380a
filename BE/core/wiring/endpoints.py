"""The objects that endpoints request, found by type before the first request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from inspect import isclass
from typing import Any

from dependency_injector.providers import Provider, Singleton

from BE.core.http.dependencies import types_requested_by
from BE.core.wiring.core import CORE
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def services_by_type(parts: Sequence[Part[Any]]) -> dict[type, Provider[Any]]:
    """The provider of each type that an endpoint requests.

    An endpoint may request what its own context or the core provides. Raises :class:`WiringError`.
    """
    core = [part for part in parts if part.context is CORE]
    services: dict[type, Provider[Any]] = {}
    for part in parts:
        allowed = _by_type(core if part in core else [*core, part])
        for endpoint, kind in _requested_by(part):
            found = allowed.get(kind, {})
            if len(found) != 1 or _is_repository(kind):
                problem = f"{endpoint} of {part.context.name} asks for {kind.__name__}"
                raise WiringError(f"{problem}, {_advice(part, parts, kind, list(found))}")
            [services[kind]] = found.values()
    return services


def _requested_by(part: Part[Any]) -> Iterator[tuple[str, type]]:
    for router in part.context.routers:
        for route in router.routes:
            yield from types_requested_by(route)


def _by_type(parts: Iterable[Part[Any]]) -> dict[type, dict[str, Provider[Any]]]:
    found: dict[type, dict[str, Provider[Any]]] = defaultdict(dict)
    for part in parts:
        for name, provider in part.provided.items():
            if isinstance(provider, Singleton) and isclass(provider.cls):
                found[provider.cls][name] = provider
    return found


def _is_repository(kind: type) -> bool:
    return "repository" in kind.__module__.split(".")


def _advice(part: Part[Any], parts: Iterable[Part[Any]], kind: type, found: list[str]) -> str:
    folder = f"BE/modules/{part.context.name}"
    if len(found) > 1:
        names = " and ".join(found)
        return f"and {names} both are that: give each a class of its own in {folder}."
    owners = [other.context.name for other in parts if kind in _by_type([other])]
    if _is_repository(kind):
        return f"a repository: ask a service of {folder}/service for what you need."
    if owners:
        return (
            f"which belongs to {owners[0]}: ask a service of your own, which subscribes to an event"
            f" of {owners[0]} or takes it through a port in {folder}/ports.py."
        )
    return f"which nobody provides: add `… = singleton({kind.__name__}, …)` to {folder}/wiring.py."
