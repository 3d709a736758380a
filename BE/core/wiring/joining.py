"""Joins the containers of contexts into one space of names."""

from collections.abc import Iterable
from typing import Any

from dependency_injector.providers import Provider

from BE.core.wiring.context import Context, Part
from BE.core.wiring.errors import WiringError


def join(
    contexts: Iterable[Context[Any]], settings: Provider[Any]
) -> tuple[tuple[Part[Any], ...], dict[str, Provider[Any]]]:
    """Give each container what it needs; return them, and all that they provide, by name.

    What nobody provides is a setting. Raises :class:`WiringError`.
    """
    parts = tuple(Part(context) for context in contexts)
    owners: dict[str, Part[Any]] = {}
    for part in parts:
        for name in part.provided:
            if name in owners:
                raise WiringError(
                    f"{owners[name].context.name} and {part.context.name} both provide {name}:"
                    f" rename it in BE/modules/{part.context.name}/wiring.py."
                )
            owners[name] = part
    names = {name: owner.provided[name] for name, owner in owners.items()}
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
