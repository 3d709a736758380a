"""ETag, If-Match and If-None-Match over integer versions (RFC 9110 §8.8.3, §13.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"[ \t,]*({_TAG.pattern}[ \t]*(,[ \t,]*|$))*")
_VERSION = re.compile(r"[1-9]\d{0,8}", re.ASCII)


def etag(version: int) -> str:
    return f'"{version}"'


def _versions(headers: list[str], *, weak: bool) -> list[int]:
    text = ",".join(headers)
    tags = _TAG.findall(text) if _LIST.fullmatch(text) else []  # what is no list matches nothing
    return [int(tag) for prefix, tag in tags if (weak or not prefix) and _VERSION.fullmatch(tag)]


async def _if_match(
    if_match: Annotated[list[str] | None, Header(description="Change only this version")] = None,
) -> list[int] | None:
    if if_match is None or "*" in (value.strip() for value in if_match):
        return None
    return _versions(if_match, weak=False)


IfMatch = Annotated[list[int] | None, Depends(_if_match)]
"""The versions that may be changed, by strong comparison; ``None`` for any."""


class IfNoneMatch:
    """The versions that the client already holds, by weak comparison."""

    def __init__(self, headers: list[str] | None) -> None:
        self._any = headers is not None and "*" in (value.strip() for value in headers)
        self._versions = _versions(headers or [], weak=True)

    def holds(self, version: int) -> bool:
        return self._any or version in self._versions


async def _if_none_match(
    if_none_match: Annotated[
        list[str] | None, Header(description="Answer 304 if this is still the version")
    ] = None,
) -> IfNoneMatch:
    return IfNoneMatch(if_none_match)


IfNoneMatchHeader = Annotated[IfNoneMatch, Depends(_if_none_match)]
