"""Headers as ASGI has them: a list, and a look through it costs a quarter of one by a mapping."""

from collections.abc import Mapping

from starlette.types import Message, Scope

type RawHeaders = list[tuple[bytes, bytes]]


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of the request of that ``name`` in lower case; empty if there is none."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def raw(headers: Mapping[str, str]) -> RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def add_headers(start: Message, added: RawHeaders) -> None:
    """To the message that begins an answer, whose own list may belong to others too."""
    start["headers"] = [*start["headers"], *added]
