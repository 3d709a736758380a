"""Errors as JSON: their one shape, for the application and for the server below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import Field

from BE.core.context import current_request
from BE.core.exceptions import Detail, DomainError, ErrorCode, FaultKind, PreconditionFailedError
from BE.core.http.documentation.schemas import reference_to
from BE.core.http.preconditions import etag
from BE.core.http.responses import Json, to_json
from BE.core.types import ResponseSchema

ANY_ROUTE = (400, 422, 429, 500, 503, 504)
"""The errors that any route can answer."""

_BODY = (408, 413, 415)


class DetailResponse(ResponseSchema):
    field: str
    message: str
    type: FaultKind


class ErrorResponse(ResponseSchema):
    error: str
    code: ErrorCode
    status: int
    details: list[DetailResponse]
    request_id: Annotated[str, Field(examples=["019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f"])]


_CONTENT = {"application/json": {"schema": reference_to(ErrorResponse)}}
"""Not as FastAPI's ``model``: each route would build validators for each of its errors."""


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error, ready to be sent; :class:`ErrorResponse` describes its body to clients."""

    status: int
    code: str
    message: str
    details: Sequence[Detail] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    """Further fields of the body."""

    @classmethod
    def of(cls, error: DomainError) -> Self:
        headers = error.headers
        if isinstance(error, PreconditionFailedError) and error.current is not None:
            headers = {**headers, "ETag": etag(error.current)}
        return cls(error.status, error.code, error.message, error.details, headers, error.more)

    def to_json(self, request_id: str) -> bytes:
        return to_json(self._content(request_id))

    def to_response(self) -> Response:
        """The answer to the request being served."""
        request = current_request()
        content = self._content(request.request_id if request else "")
        return Json(content, status_code=self.status, headers=dict(self.headers))

    def _content(self, request_id: str) -> dict[str, Any]:
        return {
            "error": self.message,
            "code": self.code,
            "status": self.status,
            "details": list(self.details),
            "request_id": request_id,
            **self.more,
        }


def answers(status: int, *codes: ErrorCode) -> dict[int | str, dict[str, Any]]:
    """Error answers with codes that no class of this context has, as ``responses``."""
    return {status: {"content": _CONTENT, "x-codes": [*codes]}}


def raises(*errors: int | type[DomainError], body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The error answers of this route alone, as its ``responses``; ``body``: those of reading one.

    ``errors`` are statuses, or classes where the code is not the usual one of the status. Those of
    any route, and those of the declared access, need no mention.
    """
    declared: dict[int | str, dict[str, Any]] = {}
    for error in (*errors, *(_BODY if body else ())):
        status = error if isinstance(error, int) else error.status
        answer = declared.setdefault(status, {"content": _CONTENT, "x-codes": []})
        if not isinstance(error, int):
            answer["x-codes"].append(error.code)
    return declared
