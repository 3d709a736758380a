from collections.abc import Awaitable, Hashable

from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.context import current_request, network_of, networks_of
from BE.core.exceptions import RateLimitedError
from BE.core.http.callers import identify
from BE.core.http.paths import LIVE, READY, is_probe
from BE.core.http.streaming import CALLER_PLACE
from BE.core.limits.concurrency import ConcurrencyLimit
from BE.core.redis.rate_limits import RateLimits
from BE.core.security.principals import Principal

_NEVER_REFUSED = frozenset({LIVE, READY})


class RateLimitMiddleware:
    """Counts a request for its user or API key if its token is valid, else for its address.

    Raises :class:`RateLimitedError` and :class:`TooManyAtOnce`. When there are many refusals, they
    wait: callers who ignore them must not keep the process busy. A load balancer's probes are never
    refused, and monitoring has a limit of its own.
    """

    def __init__(self, app: ASGIApp, *, at_once: int) -> None:
        """``at_once`` is how many requests of a user, of their keys, or of an address run here."""
        self._app = app
        self._running = ConcurrencyLimit(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (is_probe(scope["path"]) and scope["method"] == "GET"):
            await self._probe(scope, receive, send)
            return
        limits: RateLimits = scope["app"].state.container.rate_limits()
        caller = await _hold_if_refused(scope, self._admit(scope, limits))
        is_running = True

        def leave() -> None:
            nonlocal is_running
            if is_running:
                is_running = False
                self._running.leave(caller)

        scope[CALLER_PLACE] = leave
        try:
            await self._app(scope, receive, send)
        finally:
            leave()

    async def _admit(self, scope: Scope, limits: RateLimits) -> Hashable:
        """Count the request, and return its caller, who has one more running."""
        principal = await identify(scope)
        caller: Hashable
        if not isinstance(principal, Principal):
            caller = network_of(_client_ip())
            await limits.draw_for_address(networks_of(_client_ip()))
        elif principal.is_api_key:
            caller = ("API keys", principal.user_id)
            await limits.draw_for_api_key(principal.session_id, principal.user_id)
        else:
            caller = principal.user_id
            await limits.draw_for_user(caller)
        self._running.enter(caller)
        return caller

    async def _probe(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _NEVER_REFUSED:
            limits: RateLimits = scope["app"].state.container.rate_limits()
            drawing = limits.draw_for_monitoring(networks_of(_client_ip()))
            await _hold_if_refused(scope, drawing)
        await self._app(scope, receive, send)


async def _hold_if_refused[T](scope: Scope, admitting: Awaitable[T]) -> T:
    try:
        return await admitting
    except RateLimitedError:
        await scope["app"].state.container.admission().hold_refusal()
        raise


def _client_ip() -> str | None:
    request = current_request()
    return request.client_ip if request else None
