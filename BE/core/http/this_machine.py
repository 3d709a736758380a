"""Admits only callers on this machine, for data that no remote caller may read."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from fastapi import Depends, Request

from BE.core.exceptions import ForbiddenError
from BE.core.http.access import Access


class NotThisMachine(ForbiddenError):
    """Only who calls from this machine, by the name localhost, may see this"""


class _ThisMachine(Access):
    """Checks every sign of a remote caller.

    The peer and the addresses that proxies add reveal remote callers, also those behind a tunnel.
    The peer is that of the connection: what TRUSTED_PROXY_HOPS finds instead, a header has claimed.
    The host name reveals a foreign page: its domain may resolve to this machine (DNS rebinding).
    """

    refuses_with = (403,)

    async def __call__(self, request: Request) -> None:
        headers = request.headers
        noted = ",".join(headers.getlist("x-forwarded-for")).split(",")
        addresses = [
            request.client.host if request.client else "",
            *(address for address in noted if address),
        ]
        names = [headers.get("host", ""), headers.get("x-forwarded-host", "localhost")]
        if "forwarded" in headers or not all(
            [*map(_is_loopback, addresses), *map(_is_local_name, names)]
        ):
            raise NotThisMachine


THIS_MACHINE = Depends(_ThisMachine())


def _is_local_name(host: str) -> bool:
    """Whether a browser resolves ``host``, with or without a port, to its own machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(written: str) -> bool:
    try:
        address = ip_address(written.strip())
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback
