"""Uvicorn's HTTP/1.1 protocol with limits on heads, framing, pipelining and slow clients."""

import asyncio
from dataclasses import replace
from typing import Any, ClassVar
from weakref import WeakSet

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from BE.core.http.connection import Connection
from BE.core.http.errors import ErrorAnswer
from BE.core.server.flow import PipelineFlow, close_late
from BE.core.server.handshakes import Handshakes
from BE.core.server.plain_parser import PlainParser, plain_head
from BE.core.server.raw_errors import RawErrors
from BE.core.server.refusals import Refusals
from BE.core.server.request_heads import fault_of_head
from BE.core.server.shedding import Shedding
from BE.core.server.web_socket import StrictSocket
from BE.core.types import new_id_text

log = structlog.get_logger(__name__)

MAX_HEAD_BYTES = 32 * 1024
_MAX_HEADERS = 100
MAX_PIPELINED = 32
"""Requests that may wait on one connection for earlier answers."""
# The smallest chunk spends five bytes of framing on one byte of the body.
_FRAMING_PER_BODY_BYTE = 8


_INVALID = ErrorAnswer(400, "BAD_REQUEST", "The request is not valid HTTP")
_TOO_SLOW = ErrorAnswer(408, "REQUEST_TIMEOUT", "The request came too slowly")
_HEAD_TOO_LARGE = ErrorAnswer(431, "HEADERS_TOO_LARGE", "The request's headers are too large")
_FRAMING_TOO_LARGE = ErrorAnswer(
    431, "HEADERS_TOO_LARGE", "The request's trailers or chunk extensions are too large"
)
_ERRORS = RawErrors(https_only=False)


class _HeadRefused(Exception):
    """Stops the parser, which then calls ``send_400_response``"""


class StrictProtocol(HttpToolsProtocol):
    """Refuses heads over 32 KiB, and closes a connection whose head takes over ten seconds.

    Cuts off a client that takes less than 64 KiB of its answer in ten seconds. One timer checks all
    connections once a second, so that a request costs no timer of its own.

    The framing of a body (trailers, chunk sizes and extensions) is limited like a head, and
    discarded: a trailer must not become a header (RFC 9110 §6.5.1).
    """

    is_leaving: ClassVar[bool] = False
    """Whether this process is about to stop: then each answer closes its connection."""

    patience: ClassVar[float] = 10.0
    sweep_interval: ClassVar[float] = 1.0
    last_call: ClassVar[float] = 0.5
    _swept: ClassVar[WeakSet[ServerState]] = WeakSet()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = PlainParser(self)  # type: ignore[assignment]
        self._plain_head = b""
        self._handshakes: Handshakes | None = self.app_state.get("handshakes")
        self._handshake_key: bytes | None = None
        self._in_head = True
        self._head_bytes = 0
        self._read_bytes = 0
        self._read_with_last = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._framing_since_body = 0
        self._late_since: float | None = None
        self._current: RequestResponseCycle | None = None
        self._refusal = _INVALID
        self._is_refused = False
        self._shedding: Shedding | None = self.app_state.get("shedding")
        self._refusals: Refusals | None = self.app_state.get("refusals")
        self._errors: RawErrors = self.app_state.get("raw_errors", _ERRORS)
        self.url = b""
        self._held_refusals = b""
        self._release_timer: asyncio.TimerHandle | None = None
        self._closes_on_release = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.flow = PipelineFlow(self.transport, self.pipeline)
        self.connection = Connection(self.transport)
        if self.server_state not in self._swept:
            self._swept.add(self.server_state)
            self.loop.call_later(self.sweep_interval, self._sweep)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._release_timer is not None:
            self._release_timer.cancel()
        self.connection.lose(mid_answer=self._is_answering)
        super().connection_lost(exc)
        if self._current is not None:  # uvicorn notifies only the last of its pipeline
            self._current.disconnected = True
            self._current.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._current = cycle
        super()._start_asgi_task(cycle, app)

    def resume_writing(self) -> None:
        self.connection.note_progress()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        size = self._read_bytes = len(data)
        if self._in_head:
            self._head_bytes += size
        else:
            self._framing_bytes += size
            self._framing_since_body += size
        super().data_received(data)
        if self._in_head:
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(_HEAD_TOO_LARGE)
        elif self._has_too_much_framing:
            self._refuse(_FRAMING_TOO_LARGE)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._handshake_key = self._key_of_handshake()
            if self._handshake_key is None:
                self._plain_head = self._head_without_upgrade()
            return
        self._require_head()
        refusal = self._refusal_by_load()
        if refusal is None:
            self._release()  # answers must keep the order of requests
            self.connection.attach(self.scope)  # type: ignore[arg-type]
            super().on_headers_complete()
            if StrictProtocol.is_leaving:
                self.cycle.keep_alive = False
        else:
            self._is_refused = True
            self._send_or_hold(refusal)
        self.headers = []  # for the trailers, which are dropped
        self._in_head = False
        self._late_since = None

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._framing_bytes -= len(body)
        self._framing_since_body = 0
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._plain_head or self._handshake_key:
            return  # the message is read again, or the last one here
        if not self._is_refused:
            super().on_message_complete()
        elif StrictProtocol.is_leaving or not self.parser.should_keep_alive():
            if self._release_timer is None:
                self.transport.close()
            self._closes_on_release = True
        self._is_refused = False
        self._in_head = True
        self._read_with_last = self._read_bytes
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._framing_since_body = 0
        self._late_since = None
        self.url = b""

    def shutdown(self) -> None:
        self._release()
        if self._in_head and (self.cycle is None or self._head_bytes):
            # a request may be on its way: the connection was accepted just now
            self.loop.call_later(self.last_call, super().shutdown)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours has a message
        self._refuse(self._refusal)

    def take_plain_head(self) -> bytes:
        """For the parser, which reads it in place of a head that asked for another protocol."""
        head, self._plain_head = self._plain_head, b""
        return head

    def hand_over(self, rest: bytes) -> bool:
        """Let the connection become a WebSocket, if its last head requests that."""
        if self._handshake_key is None:
            return False
        self.connections.discard(self)
        self._in_head = False
        StrictSocket.take_over(self, self.connection, self._handshake_key, rest)
        return True

    def _key_of_handshake(self) -> bytes | None:
        """``None`` if it is none, or comes too early. Raises :class:`_HeadRefused`."""
        if self._handshakes is None or not self._is_answered:
            return None
        key = self._handshakes.key_of(self.parser.get_method(), self.url, self.headers)
        if key is not None:
            self._require_head()
        return key

    def _head_without_upgrade(self) -> bytes:
        """Raises :class:`_HeadRefused`."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":  # is meaningless without the protocol that follows
            raise _HeadRefused
        return plain_head(method, self.url, version, self.headers)

    def _require_head(self) -> None:
        """Raises :class:`_HeadRefused`."""
        # the head may have begun in the same read in which the previous request ended
        may_be_large = self._head_bytes + self._read_with_last > MAX_HEAD_BYTES
        if len(self.headers) > _MAX_HEADERS or (
            may_be_large and self._head_size() > MAX_HEAD_BYTES
        ):
            self._refusal = _HEAD_TOO_LARGE
            raise _HeadRefused
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _HeadRefused
        version = self.parser.get_http_version()
        fault = fault_of_head(version, self.url, self.headers)
        if fault is not None:
            self._refusal = replace(_INVALID, message=fault)
            raise _HeadRefused

    def _refusal_by_load(self) -> bytes | None:
        if self._shedding is None or not self._is_answered:
            return None
        method, requests = self.parser.get_method(), len(self.tasks)
        return self._shedding.answer(method, self.url, self.headers, requests=requests)

    def _send_or_hold(self, refusal: bytes) -> None:
        """Send it, or hold it: meanwhile no further request is read from this connection."""
        if self._release_timer is not None:
            self._held_refusals += refusal
        elif self._shedding is not None and (delay := self._shedding.delay()):
            self.flow.pause_reading()
            self._held_refusals = refusal
            self._release_timer = self.loop.call_later(delay, self._release)
        else:
            self.transport.write(refusal)

    def _release(self) -> None:
        if self._release_timer is None:
            return
        self._release_timer.cancel()
        self._release_timer = None
        self.transport.write(self._held_refusals)
        self._held_refusals = b""
        self.flow.resume_reading()
        if self._closes_on_release:
            self.transport.close()

    @property
    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_answering(self) -> bool:
        cycle = self._current
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    @property
    def _has_too_much_framing(self) -> bool:
        # a body that goes on after the answer is dropped: parsing its chunks is wasted work
        by_body = 0 if self._is_answered else _FRAMING_PER_BODY_BYTE * self._body_bytes
        allowed = MAX_HEAD_BYTES + by_body
        return self._framing_since_body > MAX_HEAD_BYTES or self._framing_bytes > allowed

    def _refuse(self, refusal: ErrorAnswer) -> None:
        self._release()
        if self.transport.is_closing():
            return
        if not self._may_answer:
            self._end_after_answers()
            return
        request_id = new_id_text()
        self.transport.write(
            self._errors.to_bytes(refusal, request_id=request_id, headers=b"Connection: close\r\n")
        )
        self.transport.close()
        if self._refusals is not None:
            # the parser names a method even before it has read one
            method = self.parser.get_method().decode() if self.url else None
            self._refusals.report(refusal.status, method=method, request_id=request_id)

    @property
    def _may_answer(self) -> bool:
        """Whether the refused request is the next to be answered, and no answer has begun."""
        if self._in_head:
            return self._is_answered
        return not (self._is_refused or self.pipeline or self.cycle.response_started)

    def _end_after_answers(self) -> None:
        if self._is_answered:
            self.transport.close()
        else:
            self.flow.pause_reading()
            self.cycle.keep_alive = False

    def _sweep(self) -> None:
        ours = (StrictProtocol, StrictSocket)
        close_late([item for item in self.connections if isinstance(item, ours)], self.loop.time())
        if self.connections:
            self.loop.call_later(self.sweep_interval, self._sweep)
        else:
            self._swept.discard(self.server_state)

    def close_if_late(self, now: float) -> None:
        if self.connection.unsent:
            self._late_since = None
            if self.connection.stalled_for(now) >= self.patience:
                self.cut_off("not_taken")
        elif not self._keeps_waiting:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        elif now - self._late_since < self.patience:
            return
        elif self.transport.is_closing() or not self._head_bytes:
            self.transport.abort()
        else:
            self._refuse(_TOO_SLOW)

    def cut_off(self, reason: str) -> None:
        """Close the connection. The application logs it for an answer that it still sends."""
        if not self._is_answering:
            path = self._current.scope["path"] if self._current is not None else None
            unsent = self.connection.unsent
            log.warning("response_cut_off", reason=reason, path=path, unsent=unsent)
        self.connection.cut_off(reason)

    @property
    def _keeps_waiting(self) -> bool:
        """Whether the client has to act next, and no other timer runs."""
        if self.transport.is_closing():
            return True
        return self._is_answered and self.timeout_keep_alive_task is None
