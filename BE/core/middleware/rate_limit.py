from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.context import current_request, network_of
from BE.core.exceptions import DomainError
from BE.core.middleware.auth import bearer_token
from BE.core.rate_limits import RateLimits
from BE.core.raw_headers import header_of
from BE.core.routing import is_probe
from BE.core.security.bearer_tokens import BearerTokens


class RateLimitMiddleware:
    """Counts a request for its user, where its token is valid, and else for its address.

    Raises :class:`RateLimitedError`. The health checks are exempt, and so are the paths whose own
    throttle is stricter.
    """

    def __init__(self, app: ASGIApp, *, exempt: frozenset[str]) -> None:
        self._app = app
        self._exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path not in self._exempt and not is_probe(path):
            await _draw(scope)
        await self._app(scope, receive, send)


async def _draw(scope: Scope) -> None:
    container = scope["app"].state.container
    limits: RateLimits = container.rate_limits()
    token = bearer_token(header_of(scope, b"authorization"))
    if token:
        tokens: BearerTokens = container.bearer_tokens()
        try:
            principal = await tokens.verify(token)
        except DomainError:
            pass  # whoever needs it says so; a wrong token must not buy more requests
        else:
            await limits.draw_for_user(principal.user_id)
            return
    request = current_request()
    await limits.draw_for_address(network_of(request.client_ip if request else None))
