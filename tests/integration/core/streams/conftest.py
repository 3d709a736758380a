"""The application behind real sockets, with a feed that the test controls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from BE.core.server.protocol import StrictProtocol
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, sign_up
from tests.support.serving import port_of, serving_running
from tests.support.streams.feed import FakeFeed
from tests.support.streams.service import Serve, Service


class ImpatientProtocol(StrictProtocol):
    patience = 0.5
    sweep_interval = 0.05


@pytest.fixture
def feed() -> FakeFeed:
    return FakeFeed()


@pytest.fixture
def serve(build_app: AppFactory, feed: FakeFeed) -> Serve:
    """Serve with other settings."""

    def prepare(container: Container) -> None:
        container.live_feed.override(feed)

    @asynccontextmanager
    async def serve(**settings: Any) -> AsyncIterator[Service]:
        async with build_app(prepare, **settings) as app:
            handshakes = app.state.container.handshakes()
            async with serving_running(app, ImpatientProtocol, handshakes=handshakes) as server:
                base_url = f"http://127.0.0.1:{port_of(server)}"
                async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
                    service = Service(app, server, client)
                    try:
                        yield service
                    finally:
                        service.streams.leave()

    return serve


@pytest.fixture
async def service(serve: Serve) -> AsyncIterator[Service]:
    async with serve() as service:
        yield service


@pytest.fixture
def client(service: Service) -> httpx.AsyncClient:
    return service.client


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Person:
    return await sign_up(client)
