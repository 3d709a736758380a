import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from opentelemetry.trace import Tracer

from BE.core.outside.client import Bounds, CallMetrics, OutsideClient
from BE.core.outside.connecting import GuardedTransport


@cache
def _read_authorities() -> ssl.SSLContext:
    """The trusted ones, read once in a process: that takes 30 ms."""
    return httpx.create_ssl_context()


class Outside:
    """Makes the clients of an application, and closes them.

    Where a user chooses the address, use :meth:`client`: its calls reach the internet, but neither
    this machine nor its network. :meth:`operators_client` calls what the operator has configured,
    which may be there, and like most programs uses a proxy from the environment.
    """

    def __init__(
        self, metrics: CallMetrics, tracer: Tracer | None = None, *, allows_private: bool = False
    ) -> None:
        self._metrics = metrics
        self._tracer = tracer
        self._allows_private = allows_private
        self._trust = _read_authorities()
        self._clients: list[OutsideClient] = []

    def client(
        self,
        name: str,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        *,
        allows_private: bool = False,
    ) -> OutsideClient:
        """``allows_private`` lets this client reach private addresses: never in production."""
        if self._allows_private or allows_private:
            return self._make(name, bounds, None)
        guarded = GuardedTransport(self._trust, connections=bounds.connections)
        return self._make(name, bounds, guarded)

    def operators_client(self, name: str, bounds: Bounds = Bounds()) -> OutsideClient:  # noqa: B008 - frozen
        return self._make(name, bounds, None)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """After the block, the clients are closed."""
        try:
            yield
        finally:
            for client in self._clients:
                await client.close()

    def _make(
        self, name: str, bounds: Bounds, transport: httpx.AsyncBaseTransport | None
    ) -> OutsideClient:
        http = httpx.AsyncClient(
            transport=transport,
            verify=self._trust,
            limits=httpx.Limits(max_connections=bounds.connections),
            timeout=bounds.patience,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # stores none
        )
        client = OutsideClient(name, http, bounds, self._metrics, self._tracer)
        self._clients.append(client)
        return client
