"""Connections to the internet and nowhere else (no server-side request forgery)."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpcore
import httpx

from BE.core.outside.addresses import is_public
from BE.core.outside.answers import AddressRefused, NoAnswer

_TRIED = 4
_KEPT_OPEN = 5.0
"""Seconds for which a connection waits for its next use."""

# threads of their own: a name whose servers do not answer occupies one for long
_resolver = ThreadPoolExecutor(max_workers=128, thread_name_prefix="names")

type Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Resolves a host and a port to addresses."""


async def resolve(host: str, port: int) -> list[str]:
    """Raises :class:`NoAnswer`."""
    lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_resolver, lookup)
    except (OSError, UnicodeError):
        raise NoAnswer("its name has no address") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once, and connects only to an address that it has checked, never to a name.

    A name with one refused address is refused: DNS rebinding mixes both kinds.
    """

    def __init__(self, resolve: Resolve, is_allowed: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises :class:`AddressRefused` and :class:`NoAnswer`."""
        addresses = await self._resolve(host, port)
        if not all(self._is_allowed(address) for address in addresses):
            raise AddressRefused(f"{host} is not on the internet")
        tried = addresses[:_TRIED]
        for address in tried:
            try:
                return await self._network.connect_tcp(
                    address,
                    port,
                    timeout and timeout / len(tried),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise NoAnswer("it cannot be connected to")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    def __init__(
        self,
        trust: ssl.SSLContext,
        resolve: Resolve = resolve,
        is_allowed: Callable[[str], bool] = is_public,
        *,
        connections: int = 10,
    ) -> None:
        super().__init__(verify=trust)
        # httpx offers no way to choose the network, but its pool of connections does
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=connections,
            keepalive_expiry=_KEPT_OPEN,
            network_backend=GuardedNetwork(resolve, is_allowed),
        )
