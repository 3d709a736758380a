"""ASGI headers, which are a list: searching it costs a quarter of a look-up in a mapping."""

from collections.abc import Mapping

from starlette.types import Message, Scope

type RawHeaders = list[tuple[bytes, bytes]]


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of this ``name``, which is in lower case; empty without one."""
    for header, value in scope["headers"]:
        if header == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def raw(headers: Mapping[str, str]) -> RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def add_headers(start: Message, added: RawHeaders) -> None:
    """Add to the message that begins an answer, whose own list may be shared."""
    start["headers"] = [*start["headers"], *added]
