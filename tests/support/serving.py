"""An application behind real sockets, in the test's own loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from BE.core.server.protocol import StrictProtocol


@asynccontextmanager
async def serving(
    application: Any, protocol: type[StrictProtocol] = StrictProtocol, **state: Any
) -> AsyncIterator[uvicorn.Server]:
    """Serve on a free port; ``state`` is what a lifespan would have passed to the protocol."""
    config = uvicorn.Config(
        application,
        interface="asgi3",
        port=0,
        http=protocol,
        ws="none",
        log_config=None,
        timeout_keep_alive=60,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    server.lifespan.state |= state
    await server.startup()
    try:
        yield server
    finally:
        await server.shutdown()


@asynccontextmanager
async def serving_running(
    application: Any, protocol: type[StrictProtocol] = StrictProtocol, **state: Any
) -> AsyncIterator[uvicorn.Server]:
    """Serve an application, as :func:`serving` does, whose lifespan the test has entered."""

    async def without_lifespan(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] != "lifespan"
        await application(scope, receive, send)

    async with serving(without_lifespan, protocol, **state) as server:
        yield server


def port_of(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
