"""Reads a JSON body (RFC 8259) strictly and in limited time, as it runs on the event loop.

Whatever parsers interpret differently is refused. A limit on the number of values bounds a body of
1 MiB to some 10 ms; without it, `[1,1,…]` of that size took 400.
"""

import math
from email.message import Message
from json import JSONDecodeError, JSONDecoder
from typing import Any

from fastapi import Request

from BE.core.exceptions import (
    BadRequestError,
    Detail,
    FaultKind,
    InvalidInputError,
    UnsupportedMediaTypeError,
)

MAX_VALUES = 20_000
"""A bulk request of 500 tasks, each with every field, holds 15 000."""

_JSON = "application/json"
_MAX_DEPTH = 32
_MAX_FIELDS = 100
_MAX_DIGITS = len(str(-(2**63)))  # no integer of this API needs more than a bigint has
_MAX_FLOAT = 64  # characters: reading a float of many digits is slow
_CONTAINERS = (dict, list)

_OPENING = b"[{"
_MARKS = b'"[{,'
_NO_MARKS = bytes(sorted(set(range(256)) - set(_MARKS)))
_AS_LIST = bytes.maketrans(b"{", b"[")


def media_type(request: Request) -> str:
    """The type and subtype of the body, in lower case; ``text/plain`` if it names none."""
    named = request.headers.get("content-type", "")
    if named == _JSON:
        return _JSON
    content_type = Message()
    content_type["content-type"] = named
    return content_type.get_content_type()


class TooManyValues(InvalidInputError):
    """A body has too many values"""

    def __init__(self, most: int) -> None:
        message = f"The body has more than {most} values"
        super().__init__(details=[Detail("body", message, "too_many_values")])


def parse_json(request: Request, body: bytes, *, max_values: int = MAX_VALUES) -> Any:
    """The value of the body.

    Raises :class:`UnsupportedMediaTypeError`, and what :func:`value_of` raises.
    """
    if media_type(request) != _JSON:
        raise UnsupportedMediaTypeError
    return value_of(body, max_values=max_values)


def value_of(body: bytes | bytearray, *, max_values: int) -> Any:
    """The value of a body that is JSON.

    Raises :class:`BadRequestError` for invalid JSON, :class:`TooManyValues`, and
    :class:`InvalidInputError` for a body beyond another limit.
    """
    _require_few_values(body, max_values)
    try:
        value = _DECODER.decode(body.decode())
    except (JSONDecodeError, UnicodeDecodeError):
        raise BadRequestError("The body is not valid JSON") from None
    except RecursionError:
        raise _too_deep() from None
    if _count(_OPENING, body) > _MAX_DEPTH and _is_deeper_than(_MAX_DEPTH, value):
        raise _too_deep()
    return value


def _require_few_values(body: bytes | bytearray, max_values: int) -> None:
    """Every value but the outermost follows one of ``,[{`` outside a string.

    An empty list or object counts as two.
    """
    if len(body) <= 2 * max_values or _count(b",[{", body) < max_values:
        return
    marks = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NO_MARKS)
    if marks.count(b'"') > 4 * max_values:  # a string is a value or a field's name
        raise TooManyValues(max_values)
    outside = b"".join(marks.split(b'"')[::2])
    if b"[" * (_MAX_DEPTH + 1) in outside.translate(_AS_LIST):
        raise _too_deep()
    if len(outside) >= max_values:
        raise TooManyValues(max_values)


def _count(marks: bytes, body: bytes | bytearray) -> int:
    return sum(body.count(mark) for mark in marks)


def _is_deeper_than(levels: int, value: Any) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [child for child in layer if isinstance(child, _CONTAINERS)]
        if not layer:
            return False
        children: list[Any] = []
        for container in layer:
            children += container.values() if isinstance(container, dict) else container
        layer = children
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MAX_FIELDS:
        raise _refused(f"An object has more than {_MAX_FIELDS} fields", "too_many_fields")
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadRequestError("The body names a field twice")
    return value


def _refuse_number(_: str) -> float:
    raise _refused("A number is not finite or too large", "finite_number")


def _finite(text: str) -> float:
    number = float(text) if len(text) <= _MAX_FLOAT else math.inf
    return number if math.isfinite(number) else _refuse_number(text)


def _limited(text: str) -> int | float:
    return int(text) if len(text) <= _MAX_DIGITS else _refuse_number(text)


def _too_deep() -> InvalidInputError:
    return _refused(f"The body is nested deeper than {_MAX_DEPTH} levels", "too_deep")


def _refused(message: str, kind: FaultKind) -> InvalidInputError:
    return InvalidInputError(details=[Detail("body", message, kind)])


_DECODER = JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_number,
    parse_float=_finite,
    parse_int=_limited,
)
