"""The one bridge from FastAPI to the container: an endpoint requests an object by its type."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

if TYPE_CHECKING:
    type Provided[T] = T
else:

    class Provided:
        """``Provided[TaskService]``: the application's object of this type.

        Its own context or the core provides it, which is checked when the container is built.
        """

        def __class_getitem__(cls, kind: type) -> Any:
            return Annotated[kind, Depends(_Lookup(kind))]


@dataclass(frozen=True, slots=True)
class _Lookup:
    kind: type

    # async on purpose: FastAPI runs a plain ``def`` in its thread pool
    async def __call__(self, request: Request) -> Any:
        return request.scope["app"].state.container.services[self.kind]()


def types_requested_by(route: BaseRoute) -> Iterator[tuple[str, type]]:
    """The endpoint's name with each type that it, or one of its dependencies, requests."""
    if isinstance(route, APIRoute):
        for kind in _requested(route.dependant):
            yield route.endpoint.__name__, kind


def _requested(dependant: Any) -> Iterator[type]:
    if isinstance(dependant.call, _Lookup):
        yield dependant.call.kind
    for dependency in dependant.dependencies:
        yield from _requested(dependency)
