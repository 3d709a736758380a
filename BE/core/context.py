"""Who is asking, from where, and under which request id: known to logs and events alike."""

from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID


@dataclass(slots=True)
class RequestContext:
    request_id: str
    client_ip: str | None = None
    actor_id: UUID | None = None
    has_committed: bool = False
    """Whether something was done for it that cannot be undone: then it must not be replayed."""


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current_request() -> RequestContext | None:
    """The request being served; ``None`` outside one (command line, background work)."""
    return _current.get()


def enter_request(context: RequestContext) -> None:
    _current.set(context)


@lru_cache(maxsize=10_000)
def network_of(ip: str | None) -> str:
    """The address as requests and attempts are counted: an IPv6 customer holds a whole /64."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:  # how a socket for both families names an IPv4 peer
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))
