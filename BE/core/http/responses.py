"""JSON out: what services return, written once by orjson."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response, status

from BE.core.context import current_request
from BE.core.exceptions import Detail
from BE.core.http.preconditions import IfNoneMatch, etag
from BE.core.types import ResponseSchema

_ANY_ROUTE = (400, 422, 429, 500, 503, 504)
_BODY = (408, 413, 415)
# A field's name as our schemas write them: anything else in a location was made up by the sender.
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}|If-(None-)?Match", re.ASCII)
# Pydantic quotes the input in these.
_MESSAGES = {"uuid_parsing": "Input should be a valid UUID"}


class Json(Response):
    """A dataclass, schema-shaped, as JSON; times in UTC with ``Z``.

    Nothing is validated on the way out: the database and the models hold already what the
    route's ``response_model`` declares, and the tests compare every answer with it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content)


def to_json(content: Any) -> bytes:
    return orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):  # asyncpg's own subclass, which orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def versioned(content: Any, version: int, if_none_match: IfNoneMatch | None = None) -> Response:
    """``content`` with its ETag, or 304 for a client that holds this version."""
    headers = {"ETag": etag(version)}
    if if_none_match is not None and if_none_match.holds(version):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Json(content, headers=headers)


def no_content(headers: dict[str, str] | None = None) -> Response:
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)


class AcceptedResponse(ResponseSchema):
    message: str


def accepted(message: str) -> Response:
    """202: what was asked for is done after the answer."""
    return Json({"message": message}, status_code=status.HTTP_202_ACCEPTED)


class DetailResponse(ResponseSchema):
    field: str
    message: str
    type: str


class ErrorResponse(ResponseSchema):
    error: str
    code: str
    status: int
    details: list[DetailResponse]
    request_id: str


def error_body(
    status_code: int, code: str, message: str, details: Sequence[Detail] = ()
) -> dict[str, Any]:
    """The one shape of every error."""
    request = current_request()
    return {
        "error": message,
        "code": code,
        "status": status_code,
        "details": list(details),
        "request_id": request.request_id if request else "",
    }


def detail_of(error: Mapping[str, Any], *at: str) -> Detail:
    """Where and what, without pydantic's ``input`` and ``ctx``: they repeat what was sent.

    ``at`` says in what the error's own location lies.
    """
    path = [*at]
    for part in error["loc"]:
        if not isinstance(part, int) and not _FIELD.fullmatch(part):
            break
        path.append(str(part))
    kind = error["type"]
    return Detail(".".join(path), _MESSAGES.get(kind, error["msg"]), kind)


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The client holds this version already"}
}


def raises(*statuses: int, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The error answers that a route declares, those included that any route can give.

    Where a token may be refused with 401, the holder of another issuer's may also hear 403.
    """
    declared = {*statuses, *_ANY_ROUTE, *(_BODY if body else ())}
    if status.HTTP_401_UNAUTHORIZED in declared:
        declared.add(status.HTTP_403_FORBIDDEN)
    return {each: {"model": ErrorResponse} for each in sorted(declared)}
