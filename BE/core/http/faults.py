"""The faults of a request, in sentences for the person who filled in the form."""

import re
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any, cast, get_args

from pydantic_core.core_schema import ErrorType

from BE.core.exceptions import Detail, FaultKind

# A field's name as our schemas write them: anything else in a location was made up by the sender.
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}|If-(None-)?Match", re.ASCII)
_KINDS = frozenset(get_args(FaultKind.__value__))
_KINDS_OF_PYDANTIC = frozenset(get_args(ErrorType))

type _Context = Mapping[str, Any]

_BOOLEAN = "This must be true or false"
_DATE = "This must be a date, such as 2030-01-31"
_NUMBER = "This must be a whole number"
_OBJECT = "This must be an object with named fields"
_UUID = "This must be a UUID, such as 019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f"

_KIND_OF: dict[str, FaultKind] = {
    "bool_type": "bool_parsing",
    "date_from_datetime_inexact": "date_format",
    "date_from_datetime_parsing": "date_format",
    "date_parsing": "date_format",
    "date_type": "date_format",
    "dict_type": "model_type",
    "int_from_float": "int_parsing",
    "int_parsing_size": "int_parsing",
    "int_type": "int_parsing",
    "model_attributes_type": "model_type",
    "uuid_type": "uuid_parsing",
    "uuid_version": "uuid_parsing",
}
"""The kinds that pydantic distinguishes and a client need not."""

_MESSAGES: dict[FaultKind, Callable[[_Context], str]] = {
    "bool_parsing": lambda _: _BOOLEAN,
    "date_format": lambda _: _DATE,
    "extra_forbidden": lambda _: "This field is not known here: leave it out",
    "finite_number": lambda _: "This number is not finite or too large",
    "greater_than_equal": lambda context: f"This must be {context['ge']} or more",
    "int_parsing": lambda _: _NUMBER,
    "less_than_equal": lambda context: f"This must be {context['le']} or less",
    "list_type": lambda _: "This must be a list",
    "literal_error": lambda context: f"This must be {context['expected']}",
    "missing": lambda _: "This is required",
    "model_type": lambda _: _OBJECT,
    "string_pattern_mismatch": lambda _: "This has characters that are not allowed here",
    "string_too_long": lambda context: f"This must have {_some(context, 'max', 'character')}",
    "string_too_short": lambda context: f"This must have {_some(context, 'min', 'character')}",
    "string_type": lambda _: "This must be a text",
    "too_long": lambda context: f"This must have {_some(context, 'max', 'entry', 'entries')}",
    "too_short": lambda context: f"This must have {_some(context, 'min', 'entry', 'entries')}",
    "union_tag_invalid": lambda context: f"This must name one of {context['expected_tags']}",
    "union_tag_not_found": lambda context: f"The field {context['discriminator']} is required",
    "uuid_parsing": lambda _: _UUID,
    "value_error": lambda _: "This is not valid",
}
"""For pydantic's findings; its own messages mention Python, and some quote the input."""


def detail_of(error: Mapping[str, Any], at: str = "") -> Detail:
    """The detail of a pydantic error, without the input; our own rules have their own words.

    ``at`` is the place of the validated value, to which the error's location is relative.
    """
    kind = _kind_of(error["type"])
    is_ours = error["type"] not in _KINDS_OF_PYDANTIC | _KINDS
    message = None if is_ours else _MESSAGES.get(kind)
    text = message(error.get("ctx", {})) if message else error["msg"]
    place = ".".join(filter(None, (at, place_of(*error["loc"]))))
    return Detail(place, text, kind)


def place_of(*path: str | int) -> str:
    """A value's place in a request, up to a name that only its sender can have made up."""
    known = takewhile(lambda part: isinstance(part, int) or _FIELD.fullmatch(part), path)
    return ".".join(map(str, known))


def _kind_of(name: str) -> FaultKind:
    kind = _KIND_OF.get(name, name)
    return cast(FaultKind, kind) if kind in _KINDS else "value_error"


def _some(context: _Context, bound: str, one: str, many: str | None = None) -> str:
    number: int = context[f"{bound}_length"]
    noun = one if number == 1 else many or f"{one}s"
    return f"{number} {noun} or {'more' if bound == 'min' else 'less'}"
