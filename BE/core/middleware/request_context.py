import re
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from BE.core.context import RequestContext, enter_request
from BE.core.http.raw_headers import add_headers, header_of, raw
from BE.core.types import new_id_text

# Several clouds write the port of the client beside its address.
_HOP = re.compile(
    r"(?:\[([^\]]+)\]|((?:::ffff:)?[0-9.]+))(?::[0-9]{0,5})?", re.ASCII | re.IGNORECASE
)
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def request_id_of(sent: str) -> str:
    """The client's ``X-Request-ID`` if it is acceptable, or a new id."""
    return sent if _ACCEPTED.fullmatch(sent) else new_id_text()


class RequestContextMiddleware:
    """Gives each request an id and finds the address of its client."""

    def __init__(self, app: ASGIApp, *, trusted_proxy_hops: int) -> None:
        self._app = app
        self._hops = trusted_proxy_hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(header_of(scope, b"x-request-id"))
        added = raw({"X-Request-ID": request_id})
        enter_request(RequestContext(request_id, client_ip=self._client_ip(scope), scope=scope))
        bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message, added)
            await send(message)

        await self._app(scope, receive, send_with_id)

    def _client_ip(self, scope: Scope) -> str | None:
        """The peer, or the address that our outermost proxy saw; never what a client claims."""
        peer = scope["client"][0] if scope.get("client") else None
        if not self._hops:
            return peer
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        listed = [hop.strip() for hop in ",".join(forwarded).split(",")]
        hops = [hop for hop in listed if hop]  # empty elements do not count (RFC 9110 §5.6.1)
        if len(hops) < self._hops:
            return peer
        try:
            address = ip_address(_without_port(hops[-self._hops]))
        except ValueError:
            return peer
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return str(address)


def _without_port(hop: str) -> str:
    written = _HOP.fullmatch(hop)
    return hop if written is None else written[1] or written[2]
