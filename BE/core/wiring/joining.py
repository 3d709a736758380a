"""Joins the containers of contexts into one space of names."""

from collections.abc import Iterable
from typing import Any

from dependency_injector.providers import Provider

from BE.core.wiring.context import Context
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def join(
    contexts: Iterable[Context[Any]], settings: Provider[Any]
) -> tuple[tuple[Part[Any], ...], dict[str, Provider[Any]]]:
    """Give each container what it needs; return them, and all that they provide, by name.

    What no context provides is a setting. Raises :class:`WiringError`.
    """
    parts = tuple(Part(context) for context in contexts)
    names = _names(parts)
    for part in parts:
        for name, dependency in part.needed.items():
            if name in names:
                dependency.override(names[name])
            elif hasattr(settings(), name):
                dependency.override(getattr(settings.provided, name))
            else:
                raise WiringError(
                    f"{part.context.name} needs {name}, which no context provides and config.py"
                    f" does not set: correct the name in {part.context.container.__module__}."
                )
    return parts, names


def _names(parts: Iterable[Part[Any]]) -> dict[str, Provider[Any]]:
    names: dict[str, Provider[Any]] = {}
    owners: dict[str, str] = {}
    contexts: set[str] = set()
    for part in parts:
        context = part.context.name
        if context in contexts:
            raise WiringError(f"two contexts are called {context}: rename one of them.")
        contexts.add(context)
        for name, provider in part.provided.items():
            if name in names:
                raise WiringError(
                    f"{owners[name]} and {context} both provide {name}: rename it in"
                    f" BE/modules/{context}/wiring.py."
                )
            names[name], owners[name] = provider, context
    return names
