"""The headers that answers carry, for the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from BE.core.http.deprecation import HEADER_NAMES
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.routes import StrictRoute

_FIRST_REDIRECTION = 300

_OF_STATUS: dict[int, tuple[str, ...]] = {
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    412: ("ETag",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}

HEADERS: dict[str, dict[str, Any]] = {
    name: {"description": description, "schema": {"type": kind}}
    for name, kind, description in (
        ("Cache-Control", "string", "Who may keep the answer, and how"),
        ("Content-Disposition", "string", "The name of the file"),
        ("Deprecation", "string", "Since when the operation is deprecated: `@` and a Unix time"),
        ("ETag", "string", "Names the resource and its version, for If-Match and If-None-Match"),
        ("Idempotency-Replayed", "string", "`true`: this is the stored answer to the same key"),
        ("Link", "string", "`successor-version`: the path that takes the operation's place"),
        ("Location", "string", "The path of what was created"),
        ("Retry-After", "integer", "Seconds after which to try again"),
        ("Set-Cookie", "string", "The refresh cookie, set or cleared"),
        ("Sunset", "string", "When the operation ends, as an HTTP date"),
        ("WWW-Authenticate", "string", "`Bearer`, with the scope that an API key lacks"),
        ("X-Request-ID", "string", "The id of the request, which every log line names"),
    )
}


def header_names(route: StrictRoute, status: int) -> list[str]:
    """The headers that the route's answers of this status can carry."""
    declared = route.responses.get(status, {}).get("x-headers", ())
    names = ["X-Request-ID", "Cache-Control", *_OF_STATUS.get(status, ()), *declared]
    if status < _FIRST_REDIRECTION and IDEMPOTENT in route.dependencies:
        names.append("Idempotency-Replayed")
    if route.deprecation is not None:
        names.extend(HEADER_NAMES)
    if status == HTTPStatus.FORBIDDEN and route.key_gate is not None:
        names.append("WWW-Authenticate")
    if status == HTTPStatus.UNAUTHORIZED and _sets_cookie(route):
        names.append("Set-Cookie")
    return names


def _sets_cookie(route: StrictRoute) -> bool:
    return any("Set-Cookie" in answer.get("x-headers", ()) for answer in route.responses.values())
