"""A WebSocket, for routes: its handshake is a GET that is answered with 101."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from BE.core.exceptions import BadRequestError
from BE.core.http.routes import StrictRoute

_KEY = "bounded.web_socket"


class UnknownSubprotocol(BadRequestError):
    """The WebSocket asks for no subprotocol that is spoken here"""


class WebSocketClosed(Exception):
    """The client has closed the WebSocket, or is gone."""


class WebSocket:
    """Messages both ways, once :meth:`accept` has been called."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    def attach(self, scope: MutableMapping[str, Any]) -> None:
        scope[_KEY] = self

    async def receive(self) -> str | bytes:
        """The next message. Raises :class:`WebSocketClosed`."""
        message: Any = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketClosed
        text: str | bytes | None = message.get("text")
        return message.get("bytes") or b"" if text is None else text

    async def send(self, text: str) -> None:
        """Raises :class:`WebSocketClosed`."""
        await self._send_on({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Raises :class:`WebSocketClosed`."""
        await self._send_on({"type": "websocket.close", "code": code, "reason": reason})

    async def _send_on(self, message: dict[str, Any]) -> None:
        try:
            await self._send(message)
        except OSError as error:  # how ASGI reports a client that is gone
            raise WebSocketClosed from error


class WebSocketRoute(StrictRoute):
    """Takes handshakes, where another route of the same path takes any other GET."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if _KEY in scope else (Match.NONE, {})


class WebSocketAnswer(Response):
    """Answers a handshake with 101, and lets ``converse`` go on from there."""

    def __init__(
        self, request: Request, subprotocol: str, converse: Callable[[WebSocket], Awaitable[None]]
    ) -> None:
        """Raises :class:`UnknownSubprotocol`."""
        offered = ",".join(request.headers.getlist("sec-websocket-protocol")).split(",")
        if subprotocol not in {name.strip() for name in offered}:
            raise UnknownSubprotocol(f"The WebSocket must ask for the subprotocol {subprotocol}")
        super().__init__(status_code=HTTPStatus.SWITCHING_PROTOCOLS)
        self._subprotocol = subprotocol
        self._converse = converse

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        socket: WebSocket = scope[_KEY]
        headers = [(b"sec-websocket-protocol", self._subprotocol.encode())]
        start = {"type": "http.response.start", "status": self.status_code, "headers": headers}
        await send(start)
        # middleware may hold the start until the body begins
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        with suppress(WebSocketClosed):
            await self._converse(socket)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
