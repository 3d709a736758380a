"""ETag, If-Match and If-None-Match (RFC 9110 §8.8.3, §13.1).

An ETag identifies a resource and its version. A browser keeps one answer per URL for all its users,
so the version alone would let one user's ETag confirm another user's answer (docs/adr/0050).
"""

import re
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from BE.core.exceptions import Detail, InvalidInputError, Versioned

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"[ \t,]*({_TAG.pattern}[ \t]*(,[ \t,]*|$))+")
_VERSION = re.compile(r"[1-9]\d{0,8}", re.ASCII)


def etag(resource: Versioned) -> str:
    return f'"{_tag(resource.id, resource.version)}"'


def _tag(resource_id: UUID, version: int | str) -> str:
    return f"{resource_id}.{version}"


class MalformedCondition(InvalidInputError):
    """A condition is no list of ETags"""

    def __init__(self, header: str) -> None:
        message = f'{header} must be * or ETags in quotes, as an ETag header gives them: "…"'
        super().__init__(message, details=[Detail(f"header.{header}", message, "etag")])


class _Condition:
    """The ETags that a header lists, each with whether it is weak; or any, for ``*``."""

    def __init__(self, request: Request, header: str) -> None:
        """Raises :class:`MalformedCondition`."""
        values = request.headers.getlist(header)
        text = ",".join(values)
        self.is_any = text.strip() == "*"
        if not self.is_any and not _LIST.fullmatch(text):
            raise MalformedCondition(header)
        self.tags = [(tag, bool(weak)) for weak, tag in _TAG.findall(text)]


class IfMatch:
    """The versions that may be changed, by strong comparison."""

    def __init__(self, condition: _Condition | None) -> None:
        self._condition = condition

    def versions_of(self, resource_id: UUID) -> list[int] | None:
        """The versions of this resource that may be changed; ``None`` for any.

        A version alone, as ``"4"``, counts as one of this resource: earlier releases sent those.
        """
        if self._condition is None:
            return None
        mine = _tag(resource_id, "")
        tags = [tag.removeprefix(mine) for tag, is_weak in self._condition.tags if not is_weak]
        return [int(tag) for tag in tags if _VERSION.fullmatch(tag)]


class IfNoneMatch:
    """The ETags that the client holds, by weak comparison."""

    def __init__(self, condition: _Condition | None) -> None:
        self._condition = condition

    def holds(self, current: str) -> bool:
        """Whether the client holds the answer with the ETag ``current``."""
        if self._condition is None:
            return False
        return self._condition.is_any or any(
            f'"{tag}"' == current for tag, _ in self._condition.tags
        )


def held_by(request: Request) -> IfNoneMatch:
    """The ETags that the client holds, outside a route. Raises :class:`MalformedCondition`."""
    if "if-none-match" not in request.headers:
        return _NOTHING_HELD
    return IfNoneMatch(_Condition(request, "If-None-Match"))


async def _if_match(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="Change the resource only if this is its ETag"),
    ] = None,
) -> IfMatch:
    if if_match is None:
        return _ANY_VERSION
    condition = _Condition(request, "If-Match")
    return _ANY_VERSION if condition.is_any else IfMatch(condition)


async def _if_none_match(
    request: Request,
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", description="Answer 304 if this is still the ETag"),
    ] = None,
) -> IfNoneMatch:
    return _NOTHING_HELD if if_none_match is None else held_by(request)


_ANY_VERSION = IfMatch(None)
_NOTHING_HELD = IfNoneMatch(None)

IfMatchHeader = Annotated[IfMatch, Depends(_if_match)]
IfNoneMatchHeader = Annotated[IfNoneMatch, Depends(_if_none_match)]
