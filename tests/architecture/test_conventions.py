import ast
import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from BE.core.events import Backfill, Event, Shown
from BE.core.events.deliveries import StoredDelivery
from BE.core.events.event import StoredEvent
from BE.core.exceptions import DomainError
from BE.core.http.routes import StrictRoute
from BE.core.operations.dead_letters import DeliveryResponse
from BE.modules.audit import repository as audit_repository
from BE.modules.audit.models import PERSONAL, Record
from BE.modules.auth.models import Account, ApiKey
from BE.modules.auth.repository import accounts, api_keys
from BE.modules.identities import repository as identity_repository
from BE.modules.identities.models import Identity
from BE.modules.users import repository as user_repository
from BE.modules.users.models import ProfileChanges, User, UserChanges
from BE.modules.users.schemas import ChangeProfileRequest, ChangeUserRequest
from config import Settings
from container import CONTEXTS, Container, subscribe
from tests.support.application import container_of
from tests.support.client import ROUTES
from tests.support.project import ours

ROOT = Path(__file__).parents[2]


def test_events_are_named_for_what_happened_to_what() -> None:
    names = [event_type.name for event_type in ours(Event)]
    types = [event_type.type_name() for event_type in ours(Event)]

    assert names
    assert len(types) == len(set(types))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*ed", name) for name in names)


def test_the_key_of_an_event_is_one_of_its_fields() -> None:
    for event_type in ours(Event):
        assert event_type.key in {
            None,
            *(field.name for field in dataclasses.fields(event_type)),
        }, event_type


def test_events_carry_no_secret() -> None:
    fields = {field.name for event_type in ours(Event) for field in dataclasses.fields(event_type)}

    assert not [name for name in fields if re.search("password|token|secret|hash", name)]


def test_events_carry_the_id_of_their_subject() -> None:
    """The audit trail finds that id by the first word of the event's name."""
    for event_type in ours(Event):
        context = event_type.name.partition(".")[0]
        names = {field.name for field in dataclasses.fields(event_type)}
        assert context == "schedule" or f"{context}_id" in names, event_type


def test_the_audit_trail_stores_no_text_that_users_typed() -> None:
    """Entries are never erased: add a new text to PERSONAL, or here if no user types it."""
    texts = {
        field.name
        for event_type in ours(Event)
        for field in dataclasses.fields(event_type)
        if field.type in {str, str | None}
    }

    assert texts - PERSONAL <= {"flag_name", "handler", "issuer", "program", "rules", "status"}


def test_no_error_outlives_its_request() -> None:
    """A shared exception keeps the frames and the data of every request that raised it."""
    files = (ROOT / "BE").rglob("*.py")
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    modules = [importlib.import_module(name.removesuffix(".__init__")) for name in names]

    assert len(modules) > 100
    for module in modules:
        kept = [name for name, value in vars(module).items() if isinstance(value, BaseException)]
        assert kept == [], module.__name__


def test_every_error_says_what_is_wrong() -> None:
    for error_type in ours(DomainError):
        assert error_type.__doc__, error_type
        assert not error_type.__doc__.splitlines()[0].endswith("."), error_type


def strings(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_only_router_and_schemas_name_places_in_the_body() -> None:
    """Errors of lower layers name an argument of the call; arguments_at() maps it to a place."""
    files = [
        file
        for file in (ROOT / "BE" / "modules").glob("*/**/*.py")
        if not {"router", "schemas", "router.py", "schemas.py"} & {*file.parts}
    ]
    placing = {
        f"{file.relative_to(ROOT)}: {text!r}"
        for file in files
        for text in strings(file)
        if re.search(r"\bbody\.(?=\w|$)", text)
    }

    assert len(files) > 40
    assert placing == set(), "name the argument here, and its place in the router by arguments_at()"


@pytest.mark.parametrize(
    ("columns", "model"),
    [
        (audit_repository._RECORD + ", address_salt", Record),
        (accounts.ACCOUNT, Account),
        (api_keys.API_KEY, ApiKey),
        (identity_repository._IDENTITY, Identity),
        (user_repository._COLUMNS, User),
    ],
)
def test_columns_match_the_fields_of_their_model(columns: str, model: type[Any]) -> None:
    """Rows become models by position."""
    named = [column.rpartition(" AS ")[2] for column in columns.split(",")]
    names = [column.partition("::")[0].strip() for column in named]

    assert names == [field.name for field in dataclasses.fields(model)]


def test_a_delivery_response_has_the_fields_of_a_delivery() -> None:
    fields = [field.name for field in dataclasses.fields(StoredDelivery)]

    assert fields == list(DeliveryResponse.model_fields)


def test_change_requests_have_the_fields_of_their_models() -> None:
    assert set(ChangeProfileRequest.model_fields) == ProfileChanges.__optional_keys__
    assert set(ChangeUserRequest.model_fields) == UserChanges.__optional_keys__


def dependants(of: Any) -> Iterator[Any]:
    for dependency in of.dependencies:
        yield dependency
        yield from dependants(dependency)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_is_strict_and_uses_no_thread(route: StrictRoute) -> None:
    assert isinstance(route, StrictRoute)
    assert inspect.iscoroutinefunction(route.endpoint)
    for dependant in dependants(route.dependant):
        call = dependant.call
        assert inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
            getattr(call, "__call__", None)  # noqa: B004 - is the call awaited?
        ), call


def test_every_provider_resolves(base_settings: Settings) -> None:
    settings = base_settings.model_copy(update={"database_url": "postgresql://nowhere/none"})
    container = container_of(settings)

    for name, provider in container.providers.items():
        assert provider() is not None, name


def test_an_override_reaches_every_consumer(base_settings: Settings) -> None:
    container = container_of(base_settings)
    stand_in = object()
    container.user_repository.override(stand_in)

    assert container.user_service()._repository is stand_in


class Recorder:
    """Replaces the bus and records each subscription."""

    def __init__(self) -> None:
        self.subscribed: set[tuple[Any, type[Event] | None]] = set()

    def subscribe(self, event_type: type[Event], handler: Any, *_: Any, **__: Any) -> None:
        self.subscribed.add((handler, event_type))

    def subscribe_all(self, handler: Any) -> None:
        self.subscribed.add((handler, None))

    def show(self, _: Shown) -> None: ...

    def add_backfill(self, _: Backfill[Any]) -> None: ...


def handlers_of(container: Container) -> Iterator[Any]:
    """The methods with the name of a handler, of all objects that a context provides."""
    provided = [provider for part in container.parts for provider in part.provided.values()]
    for service in {id(found): found for found in (provider() for provider in provided)}.values():
        if type(service).__module__.startswith("BE."):
            for name, _ in inspect.getmembers(type(service), inspect.isfunction):
                if name.startswith("on_"):
                    yield getattr(service, name)


def handled(handler: Any) -> set[type[Event] | None]:
    """The events that the annotation of a handler names; ``None``: all of them, as stored."""

    def within(annotation: Any) -> Iterator[type[Event] | None]:
        if annotation is StoredEvent:
            yield None
        elif isinstance(annotation, type) and issubclass(annotation, Event):
            yield annotation
        for argument in get_args(annotation):
            yield from within(argument)

    annotations = get_type_hints(handler)
    annotations.pop("return")
    return set(within(*annotations.values()))


def test_each_handler_is_subscribed_to_all_that_it_handles(base_settings: Settings) -> None:
    settings = base_settings.model_copy(update={"database_url": "postgresql://nowhere/none"})
    container = container_of(settings)
    bus = Recorder()
    container.events.override(bus)
    subscribe(container)
    handlers = [*handlers_of(container)]

    assert len(handlers) > 8
    for handler in handlers:
        subscribed = {event_type for method, event_type in bus.subscribed if method == handler}
        assert subscribed, f"subscribe {handler.__qualname__} in its wiring.py, or delete it"
        missing = handled(handler) - subscribed
        assert not missing, f"subscribe {handler.__qualname__} to {missing} in its wiring.py"


def test_handlers_are_named_after_their_context(base_settings: Settings) -> None:
    """Deliveries are stored under these names."""
    settings = base_settings.model_copy(update={"database_url": "postgresql://nowhere/none"})
    container = Container(settings)
    subscribe(container)

    names = {subscription.name for subscription in container.events().durable}
    owners = {name.partition(".")[0] for name in names}
    hourly = {name for name in names if name.endswith(".on_hour_passed")}
    assert owners <= {"events", "idempotency", "live", *(context.name for context in CONTEXTS)}
    assert hourly >= {
        f"{name}.on_hour_passed" for name in ("auth", "events", "idempotency", "live")
    }
    assert "notifications.on_user_registered" in names


def test_the_example_lists_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text()
    listed = dict(re.findall(r"^#?\s?([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))

    assert set(listed) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = "" if field.default in {None, ""} else field.default
        shown = "[]" if default == () else str(default)
        assert listed[name.upper()] == shown, name
