"""Uvicorn's server, which answers the requests that it got before it stopped listening."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn


class DrainedServer(uvicorn.Server):
    """Drains however many signals come: make and a terminal send several."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept the connections that wait at the listeners, which closing would reset."""
        waiting = [connection for listener in sockets or () for connection in _taken(listener)]
        last = [asyncio.create_task(self._serve_last(connection)) for connection in waiting]
        await super().shutdown(sockets)
        await asyncio.gather(*last)

    async def _serve_last(self, connection: socket.socket) -> None:
        _, protocol = await asyncio.get_running_loop().connect_accepted_socket(
            self._protocol, connection
        )
        protocol.shutdown()

    def _protocol(self) -> Any:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def handle_exit(self, *_: object) -> Any:
        self.should_exit = True


def _taken(listener: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # none waits, or it gave up
            return
        connection.settimeout(0)
        yield connection
