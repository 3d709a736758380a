import re
from typing import Annotated

from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.exceptions import BadRequestError
from BE.core.http.paths import is_probe
from BE.core.http.raw_headers import header_of

_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+")


def _check(host: str) -> str:
    if not _HOST.fullmatch(host):
        raise ValueError(f"{host!r} is no host: write a name, an address or *.name, without a port")
    return host


Host = Annotated[str, AfterValidator(_check)]
"""A name, an address, ``*.name`` or ``*``, without a port."""


class UntrustedHost(BadRequestError):
    """This host is not served here"""


class TrustedHostsMiddleware:
    """Raises :class:`UntrustedHost` for a ``Host`` that is not ours, except at the health checks.

    They are called by address. ``*.example.com`` stands for every name below it.
    """

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._names = frozenset(host.lower() for host in hosts if not host.startswith("*"))
        self._suffixes = tuple(host[1:].lower() for host in hosts if host.startswith("*"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_probe(scope["path"]):
            host = _without_port(header_of(scope, b"host").lower())
            if host not in self._names and not host.endswith(self._suffixes or ("\0",)):
                raise UntrustedHost
        await self._app(scope, receive, send)


def _without_port(host: str) -> str:
    if host.startswith("["):  # an IPv6 address
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
