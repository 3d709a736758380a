"""A client of an application on a real socket, so that responses can stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from BE.core.server.protocol import StrictProtocol
from tests.support.application import AppFactory
from tests.support.serving import port_of, serving_running


@asynccontextmanager
async def streaming(build_app: AppFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with build_app() as app:
        handshakes = app.state.container.handshakes()
        async with serving_running(app, StrictProtocol, handshakes=handshakes) as server:
            base_url = f"http://127.0.0.1:{port_of(server)}"
            async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
                try:
                    yield client
                finally:
                    app.state.container.live_streams().leave()
