"""The application that the tests of the live feed use."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from BE.core.live.streams import LiveStreams


@dataclass(frozen=True)
class Service:
    app: FastAPI
    server: uvicorn.Server
    client: httpx.AsyncClient

    @property
    def streams(self) -> LiveStreams:
        streams: LiveStreams = self.app.state.container.live_streams()
        return streams


type Serve = Callable[..., AbstractAsyncContextManager[Service]]
