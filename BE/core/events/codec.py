"""Events as JSON. An unknown field is ignored; a missing one takes its default."""

from typing import Any

from pydantic import TypeAdapter

from BE.core.events.event import Event

_adapters: dict[type[Event], TypeAdapter[Any]] = {}


def _adapter(event_type: type[Event]) -> TypeAdapter[Any]:
    """The type's adapter, made once: that takes a millisecond."""
    if event_type not in _adapters:
        _adapters[event_type] = TypeAdapter(event_type)
    return _adapters[event_type]


def encode(event: Event) -> str:
    return _adapter(type(event)).dump_json(event).decode()


def decode[E: Event](event_type: type[E], payload: str) -> E:
    """Raises :class:`pydantic.ValidationError` if a field changed without a new version."""
    event: E = _adapter(event_type).validate_json(payload)
    return event
