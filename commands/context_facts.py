"""What each context owns, serves, publishes, receives and requests, read from its wiring."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast, get_type_hints

from dependency_injector.providers import Dependency, Provider
from fastapi.routing import APIRoute

from BE.core.events import Backfill, Delivery, Event, EventBus
from BE.core.events.bus import Subscription
from BE.core.http.access import ADMIN, PUBLIC, SELF_OR_ADMIN, SIGNED_IN, SIGNED_IN_BEFORE
from BE.core.http.this_machine import THIS_MACHINE
from BE.core.personal_data import Held
from BE.core.wiring.context import Context

CALLERS = {
    PUBLIC.dependency: "anyone",
    SIGNED_IN.dependency: "signed-in users",
    SIGNED_IN_BEFORE.dependency: "anyone; the token may have expired",
    SELF_OR_ADMIN.dependency: "the user of the path, admins",
    ADMIN.dependency: "admins",
    THIS_MACHINE.dependency: "callers on this machine",
}


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    methods: Sequence[str]
    callers: str


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    type: type[Event]
    fields: Mapping[str, Any]
    """The type of each field."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a context receives an event."""

    event: type[Event] | None
    """``None``: every event."""

    publisher: str | None
    handler: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Question:
    """A port of a context, and the context that implements it."""

    port: str
    methods: Sequence[str]
    answering_class: str
    answering_context: str


@dataclass(frozen=True, slots=True)
class ContextFacts:
    name: str
    summary: str
    tables: Sequence[str]
    held: Sequence[Held[Any]]
    withheld: Mapping[str, str]
    routes: Sequence[Route]
    events: Sequence[PublishedEvent]
    receipts: Sequence[Receipt]
    questions: Sequence[Question]


def facts_of(contexts: Sequence[Context[Any]]) -> list[ContextFacts]:
    """Return the facts of each context, without making any of its objects."""
    providers = {
        name: (context.name, provider)
        for context in contexts
        for name, provider in context.container.providers.items()
        if not isinstance(provider, Dependency)
    }
    return [
        ContextFacts(
            name=context.name,
            summary=_summary(context),
            tables=sorted((*context.tables, *context.append_only)),
            held=context.held,
            withheld=context.withheld,
            routes=list(_routes(context)),
            events=[_published(event) for event in _events_of(context)],
            receipts=list(_receipts(context, providers)),
            questions=list(_questions(context, providers)),
        )
        for context in contexts
    ]


def _package(context: Context[Any]) -> str:
    return context.container.__module__.partition(".wiring")[0]


def _summary(context: Context[Any]) -> str:
    return (import_module(_package(context)).__doc__ or "").strip().partition("\n")[0]


def _routes(context: Context[Any]) -> Iterator[Route]:
    methods: dict[tuple[str, str], set[str]] = defaultdict(set)
    for router in context.routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods[route.path, _callers(route)] |= route.methods or set()
    for (path, callers), allowed in methods.items():
        yield Route(path, sorted(allowed), callers)


def _callers(route: APIRoute) -> str:
    declared = (dependency.dependency for dependency in route.dependencies)
    return next(CALLERS[access] for access in declared if access in CALLERS)


def _events_of(context: Context[Any]) -> list[type[Event]]:
    module = f"{_package(context)}.events"
    if find_spec(module) is None:
        return []
    return [
        event
        for _, event in inspect.getmembers(import_module(module), inspect.isclass)
        if issubclass(event, Event) and event.__module__ == module
    ]


def _published(event: type[Event]) -> PublishedEvent:
    return PublishedEvent(event, {field.name: field.type for field in fields(event)})


type _Providers = Mapping[str, tuple[str, Provider[Any]]]


class _Recorder(EventBus):
    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []

    def _add(self, subscription: Subscription) -> None:
        self.subscriptions.append(subscription)

    def add_backfill(self, _: Backfill[Any]) -> None: ...


class _Classes:
    """Stands in for the objects of a container: each attribute is the class of one."""

    def __init__(self, providers: _Providers) -> None:
        self._providers = providers

    def __getattr__(self, name: str) -> Any:
        return cast(Any, self._providers[name][1]).cls


def _receipts(context: Context[Any], providers: _Providers) -> Iterator[Receipt]:
    recorder = _Recorder()
    context.subscribe(recorder, _Classes(providers))
    for subscription in recorder.subscriptions:
        event = subscription.event_type
        publisher = _context_name(event.__module__) if event else None
        handler = cast(Callable[..., Any], subscription.handler).__qualname__
        yield Receipt(event, publisher, handler, subscription.delivery)


def _context_name(module: str) -> str:
    """``auth`` for ``BE.modules.auth.events``, ``core`` for what the core defines."""
    return module.split(".")[2] if module.startswith("BE.modules.") else "core"


def _questions(context: Context[Any], providers: _Providers) -> Iterator[Question]:
    types = get_type_hints(context.container)
    for name, provider in context.container.providers.items():
        if isinstance(provider, Dependency) and name in providers:
            owner, answering = providers[name]
            port = types[name]
            if getattr(port, "_is_protocol", False):
                methods = [
                    method
                    for method, _ in inspect.getmembers(port, inspect.isfunction)
                    if not method.startswith("_")
                ]
                yield Question(port.__name__, methods, cast(Any, answering).cls.__name__, owner)
