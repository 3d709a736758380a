from functools import lru_cache

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

_MIN_SIZE = 1024
_LEVEL = 5  # level 9 takes three times as long for a hundredth less


class CompressionMiddleware(GZipMiddleware):
    """Starlette's gzip, for whoever accepts it: ``gzip;q=0`` says no (RFC 9110 §12.5.3)."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=_MIN_SIZE, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        responder: ASGIApp
        if accepts_gzip(accepted):
            responder = GZipResponder(self.app, self.minimum_size, self.compresslevel)
        else:
            responder = IdentityResponder(self.app, self.minimum_size)
        await responder(scope, receive, send)


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Whether ``Accept-Encoding`` allows gzip; its own weight counts before that of ``*``."""
    weights = {}
    for each in header.lower().split(","):
        coding, _, parameters = each.partition(";")
        weights[coding.strip()] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0)) > 0


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0
