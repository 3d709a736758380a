from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.concurrency import ConcurrencyLimit
from BE.core.context import current_request, network_of, networks_of
from BE.core.middleware.auth import identify
from BE.core.rate_limits import RateLimits
from BE.core.routing import HEALTH, LIVE, METRICS, READY
from BE.core.security.access_tokens import Principal

_FOR_LOAD_BALANCERS = frozenset({LIVE, READY})
_FOR_MONITORING = frozenset({HEALTH, METRICS})


class RateLimitMiddleware:
    """Counts a request for its user, where its token is valid, and else for its address.

    Raises :class:`RateLimitedError` and :class:`TooManyAtOnce`. What a load balancer asks for is
    never refused, and monitoring has a limit of its own.
    """

    def __init__(self, app: ASGIApp, *, at_once: int) -> None:
        """``at_once`` is how many requests of a user, or of an address, run in this process."""
        self._app = app
        self._running = ConcurrencyLimit(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_get(scope, _FOR_LOAD_BALANCERS):
            await self._app(scope, receive, send)
            return
        limits: RateLimits = scope["app"].state.container.rate_limits()
        if _is_get(scope, _FOR_MONITORING):
            await limits.draw_for_monitoring(networks_of(_client_ip()))
            await self._app(scope, receive, send)
            return
        caller = await identify(scope)
        if isinstance(caller, Principal):
            await limits.draw_for_user(caller.user_id)
            running = self._running.hold(caller.user_id)
        else:
            await limits.draw_for_address(networks_of(_client_ip()))
            running = self._running.hold(network_of(_client_ip()))
        with running:
            await self._app(scope, receive, send)


def _is_get(scope: Scope, paths: frozenset[str]) -> bool:
    return scope["path"] in paths and scope["method"] == "GET"


def _client_ip() -> str | None:
    request = current_request()
    return request.client_ip if request else None
