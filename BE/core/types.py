"""The types that requests and rows share, and the bases of request and response schemas."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, LiteralString, dataclass_transform
from uuid import UUID
from zoneinfo import available_timezones

import uuid_utils
import uuid_utils.compat
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

# RFC 3339 with a zone, to the microsecond: PostgreSQL would silently drop more digits.
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)

_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

# asyncpg stores the first and the last moment and date as infinities.
_INFINITIES = {datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)}
_FIRST_DAY, _LAST_DAY = "0001-01-02", "9999-12-30"

_YEAR_ZERO = "0000"  # valid in RFC 3339, but not in Python


@dataclass_transform(frozen_default=True)
def record[T](cls: type[T]) -> type[T]:
    """A dataclass that is frozen only to the type checker, for rows that are read in pages.

    Creating and writing a page of them takes an eighth of the time of frozen ones with slots.
    """
    return dataclass(unsafe_hash=True)(cls)


def new_id() -> UUID:
    """A UUIDv7: ordered by time, so that indexes grow at their end."""
    return uuid_utils.compat.uuid7()


def new_id_text() -> str:
    """Like :func:`new_id`, where only its text is needed: in a seventh of the time."""
    return str(uuid_utils.uuid7())


# Controls, line and paragraph separators.
_UNPRINTABLE_CATEGORIES = {"Cc", "Zl", "Zp"}
_INVISIBLE_CATEGORIES = {"Cf", "Zs"}
# Embeddings, overrides and isolates (UAX 9).
_DIRECTION_CLASSES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
# The marks of a direction, which are classed like the letters that they represent.
_DIRECTIONS = {"\u061c", "\u200e", "\u200f"}


def _storable(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("string_nul", "Text must not contain NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "Text must be valid Unicode") from None
    return text


def is_unprintable(character: str) -> bool:
    """Whether it is a control, a line break, or changes the direction of text."""
    return (
        unicodedata.category(character) in _UNPRINTABLE_CATEGORIES
        or character in _DIRECTIONS
        or unicodedata.bidirectional(character) in _DIRECTION_CLASSES
    )


def _single_line(text: str) -> str:
    if text.isprintable():  # no printable character is refused, and most text is printable
        return text
    if any(is_unprintable(character) for character in text):
        message = "Text must not contain line breaks, control or direction characters"
        raise PydanticCustomError("string_unprintable", message)
    if all(unicodedata.category(character) in _INVISIBLE_CATEGORIES for character in text):
        raise PydanticCustomError("string_blank", "Text must contain something visible")
    return text


def _rfc3339(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise PydanticCustomError(
            "datetime_format", "A time must be RFC 3339 with a zone, such as 2030-01-31T09:30:00Z"
        )
    if value.startswith(_YEAR_ZERO):
        raise _out_of_range()
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError:
        raise PydanticCustomError("datetime_range", "There is no such time") from None
    except OverflowError:
        raise _out_of_range() from None
    if moment in _INFINITIES:
        raise _out_of_range()
    return moment


def _out_of_range() -> PydanticCustomError:
    return PydanticCustomError(
        "datetime_range",
        "A time must be after 0001-01-01T00:00:00Z and before 9999-12-31T23:59:59.999999Z",
    )


def _full_date(value: Any) -> date:
    if not isinstance(value, str) or not _FULL_DATE.fullmatch(value):
        raise PydanticCustomError("date_format", "A date must be written like 2030-01-31")
    if not _FIRST_DAY <= value <= _LAST_DAY:
        bounds = {"first": _FIRST_DAY, "last": _LAST_DAY}
        raise PydanticCustomError("date_range", "A date must be from {first} to {last}", bounds)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date_range", "There is no such date") from None


# PostgreSQL takes these for abbreviations of a time without summer time. To the IANA they are links
# to the zones beside them.
_WITHOUT_ABBREVIATION = {
    "CET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "MET": "Europe/Brussels",
    "WET": "Europe/Lisbon",
}


def _zone(name: str) -> str:
    if name not in _zones():
        raise PydanticCustomError("timezone", "This is not the IANA name of a time zone")
    return _WITHOUT_ABBREVIATION.get(name, name)


@cache
def _zones() -> set[str]:
    return available_timezones() - {"localtime"}  # the server's own zone, which is no IANA name


STORABLE = AfterValidator(_storable)
"""For every text that PostgreSQL stores: no NUL, no lone surrogate."""

SINGLE_LINE = AfterValidator(_single_line)
"""For names and titles: no line breaks, and no characters that disguise a text."""


class _Line(StringConstraints):
    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield STORABLE
        yield SINGLE_LINE


class _Text(StringConstraints):
    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield STORABLE


def line(max_length: int) -> StringConstraints:
    """For a name or a title: a trimmed line of 1 to ``max_length`` characters."""
    return _Line(strip_whitespace=True, min_length=1, max_length=max_length)


def text(max_length: int, *, min_length: int | None = None) -> StringConstraints:
    """For a text of any number of lines, which is not trimmed."""
    return _Text(min_length=min_length, max_length=max_length)


@dataclass(frozen=True, slots=True)
class Matching:
    """For a text that matches a pattern, with a message for one that does not."""

    pattern: str
    kind: LiteralString
    message: LiteralString

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self._require, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"pattern": self.pattern}

    def _require(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise PydanticCustomError(self.kind, self.message)
        return value


Password = Annotated[str, text(256), Field(examples=["correct horse battery staple"])]

UtcDatetime = Annotated[datetime, BeforeValidator(_rfc3339)]

FullDate = Annotated[date, BeforeValidator(_full_date)]
"""A date in the format of RFC 3339, without a time."""


ZoneName = Annotated[str, AfterValidator(_zone)]
"""The IANA name of a time zone."""


class RequestSchema(BaseModel):
    """A body or a query: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseSchema(BaseModel):
    """The declared shape of an answer. Answers are not validated: models already have it.

    Answers may gain fields, so the document does not exclude further ones; the tests do.
    """

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described = handler(schema)
        handler.resolve_ref_schema(described).pop("additionalProperties", None)
        return described
