"""The application without the delivery of its events.

``python -m benchmarks.without_follow_up`` serves on ``PORT`` with an existing database.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dependency_injector import providers
from fastapi import FastAPI

import main
from BE.core.server.process import listen, run
from config import load_settings
from container import Container


class IdleRelay:
    """Delivers nothing."""

    @asynccontextmanager
    async def running(self, _ready: Any) -> AsyncIterator[None]:
        yield


def create_app() -> FastAPI:
    container = Container(settings=load_settings())
    container.relay.override(providers.Object(IdleRelay()))
    return main.create_app(container)


if __name__ == "__main__":
    settings = load_settings()
    with listen(settings.host, settings.port) as listener:
        run(f"{__spec__.name}:create_app", listener=listener, workers=1, announce=lambda: None)
