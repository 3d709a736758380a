"""Strict body: JSON is read by our own rules before FastAPI requests it."""

from typing import Any

from fastapi import Request
from fastapi.params import Form
from fastapi.routing import APIRoute

from BE.core.http.json_bodies import parse_json
from BE.core.http.large_bodies import LARGE, beside_the_loop


def takes_json(route: APIRoute) -> bool:
    return route.body_field is not None and not takes_form(route)


def takes_form(route: APIRoute) -> bool:
    return route.body_field is not None and isinstance(route.body_field.field_info, Form)


class ParsedRequest(Request):
    """A request whose body has been read and parsed."""

    def __init__(self, request: Request, body: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self.is_large = len(body) > LARGE
        self._body = body
        self._value = value

    async def json(self) -> Any:
        return self._value


async def read_json(request: Request) -> Request:
    """The request with its JSON body parsed; without a body, the request as it is.

    Raises what :func:`parse_json` raises.
    """
    body = await request.body()
    if not body:
        return request
    if len(body) > LARGE:
        value = await beside_the_loop(parse_json, request, body)
    else:
        value = parse_json(request, body)
    return ParsedRequest(request, body, value)
