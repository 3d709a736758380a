"""Uvicorn's WebSocket protocol; the application answers its handshake as the GET that it is."""

from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.server import ServerProtocol

from BE.core.http.connection import Connection
from BE.core.http.web_sockets import WebSocket

MAX_MESSAGE_BYTES = 4096
_HEARTBEAT = 15.0
_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: _\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
)


class StrictSocket(WebSocketsSansIOProtocol):
    """Accepts messages of up to 4 KiB, pings every 15 seconds, and compresses nothing.

    It stops reading from a client that does not take its answers.
    """

    patience: ClassVar[float] = 10.0

    def __init__(self, *arguments: Any, connection: Connection) -> None:
        super().__init__(*arguments)
        self.app: Any = as_request(self.app)
        self.conn = ServerProtocol(max_size=MAX_MESSAGE_BYTES, logger=self.logger)
        self.ping_interval = self.ping_timeout = _HEARTBEAT
        self.connection = connection

    @classmethod
    def take_over(
        cls, http: HttpToolsProtocol, connection: Connection, key: bytes, rest: bytes
    ) -> None:
        """Continue a connection after a handshake with this ``key``; ``rest`` follows it."""
        socket = cls(http.config, http.server_state, http.app_state, connection=connection)
        socket.connection_made(http.transport)
        # the head has been read and checked: only the parts that the answer needs are read again
        socket.data_received(_HANDSHAKE % key)
        scope: Any = socket.scope
        scope |= _request(http.url, http.headers, scheme=http.scheme)
        connection.attach(scope)
        http.transport.set_protocol(socket)
        if rest:
            socket.data_received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.lose(mid_answer=not self.close_sent)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.connection.note_progress()
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    def close_if_late(self, now: float) -> None:
        if self.connection.stalled_for(now) >= self.patience:
            self.cut_off("not_taken")

    def cut_off(self, reason: str) -> None:
        """Close the connection; the application logs it."""
        self.connection.cut_off(reason)


def _request(
    target: bytes, headers: list[tuple[bytes, bytes]], *, scheme: str | None
) -> dict[str, Any]:
    """The additions of a handshake's head to the scope."""
    path, _, query = target.partition(b"?")
    return {
        "scheme": scheme,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
    }


def as_request(app: ASGIApp) -> ASGIApp:
    """Make ``app`` answer each handshake as a GET: with 101, or with its usual refusal."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the handshake
        socket = WebSocket(receive, send)
        has_begun = False

        async def receive_nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send_as_socket(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = message["status"] == HTTPStatus.SWITCHING_PROTOCOLS
                kind = "websocket.accept" if has_begun else "websocket.http.response.start"
                await send({**message, "type": kind})
            elif not has_begun:
                await send({**message, "type": "websocket.http.response.body"})

        request = {**scope, "type": "http", "method": "GET"}
        socket.attach(request)
        await app(request, receive_nothing, send_as_socket)

    return answer
