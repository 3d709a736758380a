"""Dataclasses as JSON. An unknown field is ignored; a missing one takes its default."""

from typing import Any

from pydantic import TypeAdapter

_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """The type's adapter, made once: that takes a millisecond."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: object) -> str:
    return _adapter(type(value)).dump_json(value).decode()


def decode[T](kind: type[T], payload: str) -> T:
    """Raises :class:`pydantic.ValidationError` if a field changed without a new version."""
    value: T = _adapter(kind).validate_json(payload)
    return value
