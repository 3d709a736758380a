"""JSON out: the results of services, serialised once by orjson."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request, Response, status

from BE.core.database.row_ids import row_id_text
from BE.core.exceptions import Versioned
from BE.core.http.paths import public_path
from BE.core.http.preconditions import IfNoneMatch, etag
from BE.core.http.raw_headers import raw
from BE.core.types import ResponseSchema

_IS_JSON = (b"content-type", b"application/json")


class Json(Response):
    """A dataclass, schema-shaped, as JSON; times in UTC with ``Z``.

    Output is not validated: the database and the models already hold what the route's
    ``response_model`` declares, and the tests compare every answer with it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        # Starlette would search them for headers that replace these, and there are none.
        length = str(len(self.body)).encode()
        self.raw_headers = [*raw(headers or {}), (b"content-length", length), _IS_JSON]


def to_json(content: Any) -> bytes:
    # orjson writes other UUIDs itself
    return orjson.dumps(content, default=row_id_text, option=orjson.OPT_UTC_Z)


type _Responses = dict[int | str, dict[str, Any]]

SETS_COOKIE = {"x-headers": ["Set-Cookie"]}
WITH_ETAG: _Responses = {200: {"x-headers": ["ETag"]}}
CREATED: _Responses = {201: {"x-headers": ["ETag", "Location"]}}
NOT_MODIFIED: _Responses = WITH_ETAG | {
    304: {"description": "The client holds this version already"}
}


def versioned(
    content: Any, resource: Versioned, if_none_match: IfNoneMatch | None = None
) -> Response:
    """``content``, which shows ``resource``, with its ETag; 304 for a client that holds it."""
    headers = {"ETag": etag(resource)}
    if if_none_match is not None and if_none_match.holds(headers["ETag"]):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Json(content, headers=headers)


def tagged(
    content: Mapping[str, Any],
    reader: UUID,
    if_none_match: IfNoneMatch,
    *,
    without: Collection[str] = (),
) -> Response:
    """Unversioned content, with an ETag that hashes it and ``reader``; 304 if the client has it.

    The ETag is weak: the fields ``without`` may differ.
    """
    response = Json(content)
    compared = response.body
    if without:
        compared = to_json({name: content[name] for name in content if name not in without})
    digest = sha256(reader.bytes + compared).hexdigest()[:32]
    headers = {"ETag": f'W/"{digest}"'}
    if if_none_match.holds(f'"{digest}"'):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.raw_headers += raw(headers)
    return response


def created(request: Request, content: Any, resource: Versioned) -> Response:
    """201, with the resource's ETag and its ``Location`` below the collection at this path."""
    location = f"{public_path(request.scope)}/{resource.id}"
    headers = {"Location": location, "ETag": etag(resource)}
    return Json(content, status_code=status.HTTP_201_CREATED, headers=headers)


def no_content(headers: dict[str, str] | None = None) -> Response:
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)


class AcceptedResponse(ResponseSchema):
    message: str


def accepted(message: str) -> Response:
    """202: the work is done after the answer."""
    return Json({"message": message}, status_code=status.HTTP_202_ACCEPTED)
