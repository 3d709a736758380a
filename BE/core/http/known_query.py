"""Known query: a parameter that a route does not declare is refused, not ignored."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from BE.core.exceptions import MAX_DETAILS, Detail, InvalidInputError
from BE.core.http.faults import place_of


async def _any_query() -> None:
    pass


ANY_QUERY = Depends(_any_query)
"""Marks a route to which other systems send parameters of their own; they are ignored."""


def query_names(route: APIRoute) -> frozenset[str] | None:
    """The query parameters that the route and its dependencies declare; ``None`` allows any."""
    return None if ANY_QUERY in route.dependencies else frozenset(_names(route.dependant))


def refuse_unknown_query(request: Request, known: frozenset[str] | None) -> None:
    """Raises :class:`InvalidInputError`."""
    if known is None:
        return
    if request.scope["query_string"] and not known.issuperset(request.query_params):
        allowed = ", ".join(sorted(known)) or "none"
        message = f"Unknown query parameter; known here: {allowed}"
        unknown = (name for name in request.query_params if name not in known)
        places = {place_of("query", name): None for name in islice(unknown, MAX_DETAILS)}
        details = [Detail(place, message, "extra_forbidden") for place in places]
        raise InvalidInputError(details=details)


def _names(dependant: Any) -> Iterator[str]:
    for parameter in dependant.query_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        yield from fields or [parameter.alias]
    for dependency in dependant.dependencies:
        yield from _names(dependency)
