"""Resolves an endpoint's dependencies along a plan that is made once.

FastAPI walks the tree of dependencies for each request, which costs more than most queries
(docs/performance.md). FastAPI still validates the parameters.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Self

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from BE.core.exceptions import MAX_DETAILS
from BE.core.http.large_bodies import beside_the_loop

_FAILED = object()
_MAX_FAULTS = 5000


@dataclass(frozen=True, slots=True)
class _Read:
    """Parameters from one part of the request, and their values where it is empty."""

    fields: list[Any]
    source: Callable[[Request], Mapping[str, Any]]
    is_absent: Callable[[Request], bool]
    defaults: dict[str, Any] | None

    def from_request(self, request: Request) -> tuple[dict[str, Any], list[Any]]:
        if self.defaults is not None and self.is_absent(request):
            return self.defaults, []
        return request_params_to_args(self.fields, self.source(request))


@dataclass(frozen=True, slots=True)
class _Path:
    """Parameters from the path: never absent, and never a list."""

    fields: list[Any]

    def from_request(self, request: Request) -> tuple[dict[str, Any], list[Any]]:
        values, errors = {}, []
        for field in self.fields:
            sent = request.path_params[field.alias]
            values[field.name], wrong = field.validate(sent, loc=("path", field.alias))
            errors += wrong
        return values, errors


class _Body:
    """The body, validated as FastAPI does, but in limited time if it has many faults."""

    def __init__(self, field: Any) -> None:
        self._name = field.name
        self._field = field.field_info
        self._adapter = field._type_adapter  # noqa: SLF001 - another one would be made at each start

    def from_value(self, sent: Any) -> tuple[dict[str, Any], list[Any]]:
        if sent is PydanticUndefined:
            if self._field.is_required():
                return {}, [{"type": "missing", "loc": ("body",), "msg": "Field required"}]
            return {self._name: self._field.get_default(call_default_factory=True)}, []
        try:
            return {self._name: self._adapter.validate_python(sent, from_attributes=True)}, []
        except ValidationError as error:
            return {}, _first_faults(error)


@dataclass(frozen=True, slots=True)
class _Step:
    """One call: of a dependency, or of the endpoint."""

    call: Callable[..., Any]
    inputs: list[tuple[str | None, int]]
    reads: list[_Path | _Read]
    request_name: str | None
    body: _Body | None


class DependencyPlan:
    """The calls for an endpoint, dependencies first."""

    def __init__(self, dependant: Dependant, without: Collection[Any]) -> None:
        self._without = without
        self._steps: list[_Step] = []
        self._places: dict[Any, int] = {}
        self._add(dependant)

    @classmethod
    def of(cls, dependant: Dependant, *, without: Collection[Any] = ()) -> Self | None:
        """``None`` if only FastAPI itself can resolve ``dependant``.

        ``without``: calls that have already been made and whose results are not used.
        """
        try:
            return cls(dependant, without)
        except _NotPlain:
            return None

    async def answer(self, request: Request, body: Any, *, is_large: bool = False) -> Response:
        """Call everything; a body that ``is_large`` is validated in a worker thread.

        Raises :class:`RequestValidationError`, and what a dependency or the endpoint raises.
        """
        results: list[Any] = []
        errors: list[Any] = []
        for step in self._steps:
            values, is_complete = {}, True
            for name, place in step.inputs:
                if results[place] is _FAILED:
                    is_complete = False
                elif name is not None:
                    values[name] = results[place]
            for parameters in step.reads:
                found, wrong = parameters.from_request(request)
                values |= found
                errors += wrong
                is_complete = is_complete and not wrong
            if step.body is not None:
                read = step.body.from_value
                found, wrong = await beside_the_loop(read, body) if is_large else read(body)
                values |= found
                errors += wrong
                is_complete = is_complete and not wrong
            if step.request_name is not None:
                values[step.request_name] = request
            results.append(await step.call(**values) if is_complete else _FAILED)
        if errors:
            raise RequestValidationError(errors)
        response = results[-1]
        if not isinstance(response, Response):
            raise TypeError("an endpoint must return a Response")
        return response

    def _add(self, dependant: Dependant) -> int:
        call = dependant.call
        if call in self._places:
            return self._places[call]
        _require_plain(dependant)
        assert call is not None  # noqa: S101 - for mypy
        inputs = [
            (dependency.name, self._add(dependency))
            for dependency in dependant.dependencies
            if dependency.name is not None or dependency.call not in self._without
        ]
        [body] = map(_Body, dependant.body_params) if dependant.body_params else [None]
        step = _Step(call, inputs, _reads(dependant), dependant.request_param_name, body)
        self._steps.append(step)
        self._places[call] = len(self._steps) - 1
        return self._places[call]


class _NotPlain(Exception):
    """A plan does not support what the dependant needs."""


def _require_plain(dependant: Dependant) -> None:
    call: Any = dependant.call
    special = (
        dependant.http_connection_param_name,
        dependant.websocket_param_name,
        dependant.background_tasks_param_name,
        dependant.response_param_name,
        dependant.security_scopes_param_name,
        dependant.cookie_params,
        dependant.concurrency,
    )
    is_async = iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)
    if any(special) or not is_async or not dependant.use_cache or len(dependant.body_params) > 1:
        raise _NotPlain


def _reads(dependant: Dependant) -> list[_Path | _Read]:
    reads: list[_Path | _Read] = []
    if fields := dependant.path_params:
        reads.append(_Path(fields))
    if fields := dependant.query_params:
        defaults = _defaults(fields)
        reads.append(_Read(fields, lambda request: request.query_params, _no_query, defaults))
    if fields := dependant.header_params:
        names = {field.alias.lower().encode() for field in fields}

        def no_header(request: Request) -> bool:
            return names.isdisjoint(name for name, _ in request.scope["headers"])

        reads.append(_Read(fields, lambda request: request.headers, no_header, _defaults(fields)))
    return reads


def _first_faults(error: ValidationError) -> list[Any]:
    if error.error_count() > _MAX_FAULTS:
        message = f"The body has more than {_MAX_FAULTS} faults"
        return [{"type": "too_many_faults", "loc": ("body",), "msg": message}]
    faults = error.errors(include_url=False, include_input=False)
    return [{**fault, "loc": ("body", *fault["loc"])} for fault in faults[:MAX_DETAILS]]


def _defaults(fields: list[Any]) -> dict[str, Any] | None:
    """The parameters' values if none is given; ``None`` if that is an error or can change."""
    values, errors = request_params_to_args(fields, {})
    if errors or not all(isinstance(value, Hashable) for value in values.values()):
        return None
    return values


def _no_query(request: Request) -> bool:
    return not request.scope["query_string"]
