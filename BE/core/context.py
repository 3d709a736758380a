"""The request being served: its caller, address and id, for logs and events."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class RequestContext:
    request_id: str
    client_ip: str | None = None
    actor_id: UUID | None = None
    api_key_id: UUID | None = None
    """The API key that the actor uses, if any."""
    has_committed: bool = False
    """Whether it has committed something, so that it must not be replayed."""
    email_digest: str | None = None
    """In the log, represents the account that the caller claims to own."""
    refused_as: str | None = None
    """The error code of a refused or throttled caller, for the log."""

    events_sent: int | None = None
    """How many events a stream has sent; ``None`` for any other request."""
    scope: Mapping[str, Any] | None = None
    """The server's ASGI scope of the request, with the route once that is found."""

    @property
    def route(self) -> str | None:
        """Its method and its route's template, which contains no id."""
        template = getattr(self.scope and self.scope.get("route"), "path", None)
        return f"{self.scope['method']} {template}" if self.scope and template else None

    def act_for(self, user_id: UUID, api_key_id: UUID | None) -> None:
        self.actor_id = user_id
        self.api_key_id = api_key_id


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current_request() -> RequestContext | None:
    """The request being served; ``None`` outside one (command line, background work)."""
    return _current.get()


def enter_request(context: RequestContext) -> None:
    _current.set(context)


# An IPv6 customer holds at least a /64, and often a /56 or a whole /48 (RFC 6177).
_IPV6_NETWORKS = ((64, 1), (56, 4), (48, 16))


@lru_cache(maxsize=10_000)
def networks_of(ip: str | None) -> tuple[tuple[str, int], ...]:
    """The networks that an address is counted in, the narrowest first.

    Each comes with its share: the factor between its limit and that of one address.
    """
    try:
        address = ip_address(ip or "")
    except ValueError:
        return (("", 1),)
    if not isinstance(address, IPv6Address):
        return ((str(address), 1),)
    if address.ipv4_mapped:  # how a socket for both families names an IPv4 peer
        return ((str(address.ipv4_mapped), 1),)
    return tuple(
        (str(ip_network((int(address), length), strict=False)), share)
        for length, share in _IPV6_NETWORKS
    )


def network_of(ip: str | None) -> str:
    """The narrowest network that an address is counted in."""
    network, _ = networks_of(ip)[0]
    return network
