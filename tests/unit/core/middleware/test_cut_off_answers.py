"""A response that fails after it has begun is cut off, unless it is complete."""

import asyncio
from typing import Any

import pytest

from BE.core.http.connection import Connection
from BE.core.middleware.errors import ErrorMiddleware

START = {"type": "http.response.start", "status": 200, "headers": []}
PART = {"type": "http.response.body", "body": b"a", "more_body": True}
END = {"type": "http.response.body", "body": b"b"}


class Transport(asyncio.Transport):
    """Reports to its connection at once that it has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = Connection(self)
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True
        self.connection.lose(mid_answer=True)


@pytest.fixture
def transport() -> Transport:
    return Transport()


async def answer(transport: Transport, *messages: dict[str, Any]) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)
        raise ZeroDivisionError

    async def nothing(*_: Any) -> Any:
        return None

    scope: dict[str, Any] = {"type": "http", "path": "/"}
    transport.connection.attach(scope)
    await ErrorMiddleware(application)(scope, nothing, nothing)


async def test_an_incomplete_response_is_cut_off(transport: Transport) -> None:
    await answer(transport, START, PART)

    assert transport.is_aborted


async def test_a_complete_response_reaches_its_client(transport: Transport) -> None:
    with pytest.raises(ZeroDivisionError):
        await answer(transport, START, PART, END)

    assert not transport.is_aborted
