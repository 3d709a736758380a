"""Bounds on the data read from connections, and on the data that waits for them."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl

from BE.core.http.connection import Connection, too_much_unsent


class PipelineFlow(FlowControl):
    """Stops reading from a connection while requests on it wait for earlier answers.

    Uvicorn would resume reading with every answer and every body, and buffer the input.
    """

    def __init__(self, transport: asyncio.Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        if self.read_paused and not self._pipeline:
            super().resume_reading()


class Watched(Protocol):
    """A protocol on a connection."""

    connection: Connection

    def close_if_late(self, now: float) -> None: ...

    def cut_off(self, reason: str) -> None: ...


def close_late(protocols: Iterable[Watched], now: float) -> None:
    """Close connections whose client is late, and those with too much unsent data."""
    by_connection = {protocol.connection: protocol for protocol in protocols}
    for protocol in by_connection.values():
        protocol.close_if_late(now)
    for connection in too_much_unsent(by_connection, now):
        by_connection[connection].cut_off("too_much_unsent")
