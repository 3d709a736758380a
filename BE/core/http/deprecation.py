"""Routes that will be removed: when they were deprecated, when they end, what replaces them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from fastapi import Depends

from BE.core.http.raw_headers import RawHeaders

HEADER_NAMES = ("Deprecation", "Sunset", "Link")
_VERSION = re.compile(r"/api/v\d+/")


class Deprecation:
    """Declared beside a route or a router; each answer carries it (RFC 9745, RFC 8594)."""

    def __init__(self, since: date, sunset: date, successor: str) -> None:
        """Raises :class:`ValueError` for a sunset that is too early, or a path outside the API."""
        if sunset <= since:
            raise ValueError("the sunset must come after the deprecation")
        if not _VERSION.match(successor):
            raise ValueError(f"{successor} is no path of an API: begin it with /api/v2/")
        self.since = since
        self.sunset = sunset
        self.successor = successor

    async def __call__(self) -> None:
        """Refuses nothing."""

    def headers(self, prefix: str) -> RawHeaders:
        """``prefix`` is the one that a proxy adds to every path."""
        begun = int(_midnight(self.since).timestamp())
        ends = format_datetime(_midnight(self.sunset), usegmt=True)
        link = f'<{prefix}{self.successor}>; rel="successor-version"'
        return [
            (b"deprecation", f"@{begun}".encode()),
            (b"sunset", ends.encode()),
            (b"link", link.encode()),
            (b"access-control-expose-headers", ", ".join(HEADER_NAMES).encode()),
        ]


def deprecated(*, since: date, sunset: date, successor: str) -> Any:
    """Among the ``dependencies`` of a route or router.

    ``successor`` is the path template of the route in a later version that does the same.
    """
    return Depends(Deprecation(since, sunset, successor))


def deprecation_among(dependencies: Sequence[Any]) -> Deprecation | None:
    """The one nearest to the route."""
    found = [
        declared.dependency
        for declared in dependencies
        if isinstance(declared.dependency, Deprecation)
    ]
    return found[-1] if found else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
