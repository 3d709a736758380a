"""Who may call: the access token of ``Authorization: Bearer``, and where a cookie may come from."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.context import current_request
from BE.core.exceptions import DomainError, ForbiddenError, UnauthorizedError
from BE.core.http.raw_headers import header_of
from BE.core.http.routes import API, Access, Gate, ModuleRouter
from BE.core.security.bearer_tokens import BearerTokens
from BE.core.security.principals import Principal
from BE.core.security.sessions import SessionCheck

_CALLER = "bounded.caller"


def bearer_token(authorization: str) -> str:
    """The token of an ``Authorization`` header, or nothing."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def identify(scope: Scope) -> Principal | DomainError:
    """Who calls, or why that is not known. Its token is verified once for a request."""
    caller: Principal | DomainError | None = scope.get(_CALLER)
    if caller is None:
        caller = scope[_CALLER] = await _verify(scope)
    return caller


def is_identified(scope: Scope) -> bool:
    """Whether the token was verified, and is valid."""
    return isinstance(scope.get(_CALLER), Principal)


async def _verify(scope: Scope) -> Principal | DomainError:
    token = bearer_token(header_of(scope, b"authorization"))
    if not token:
        return UnauthorizedError()
    tokens: BearerTokens = scope["app"].state.container.bearer_tokens()
    try:
        return await tokens.verify(token)
    except DomainError as error:
        return error


class AccessMiddleware:
    """Refuses whom a route does not admit before anything of the body is read."""

    def __init__(self, app: ASGIApp, *, routers: Sequence[ModuleRouter]) -> None:
        self._app = app
        self._routers = routers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for router in self._routers:
                match, _ = router.matches(scope)
                if match is Match.FULL:
                    await router.admit(scope)
                    break
        await self._app(scope, receive, send)


class _Public(Access):
    async def __call__(self, request: Request) -> None:
        pass


class _Bearer(OAuth2PasswordBearer, Access):
    """Declares the scheme to OpenAPI, so that the docs page can sign in, and asks who calls."""

    def __init__(self, *admitted: Callable[[Principal, Request], bool]) -> None:
        super().__init__(f"{API}/auth/token", scheme_name="access_token", auto_error=False)
        self._admitted = admitted

    # a Principal, where the base class answers with the bare token
    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        principal = await identify(request.scope)
        if not isinstance(principal, Principal):
            raise principal
        sessions: SessionCheck = request.app.state.container.revocations()
        await sessions.check(principal.session_id)
        context = current_request()
        if context is not None:
            context.actor_id = principal.user_id
        if self._admitted and not any(admits(principal, request) for admits in self._admitted):
            raise ForbiddenError
        request.scope["principal"] = principal
        return principal


def _is_admin(principal: Principal, _: Request) -> bool:
    return principal.role == "admin"


def _is_named(principal: Principal, request: Request) -> bool:
    user_id: str = request.path_params["user_id"]
    return user_id.lower() == str(principal.user_id)


PUBLIC = Depends(_Public())
SIGNED_IN = Depends(_Bearer())
ADMIN = Depends(_Bearer(_is_admin))
SELF_OR_ADMIN = Depends(_Bearer(_is_named, _is_admin))
"""The user whom ``{user_id}`` of the path names, or an admin."""


async def _current_user(request: Request) -> Principal:
    principal: Principal = request.scope["principal"]
    return principal


CurrentUser = Annotated[Principal, Depends(_current_user)]
"""Who calls; on a route that is not public."""


class CrossSiteRequest(ForbiddenError):
    """This request comes from a site that is not allowed"""


class SameOrigin:
    """Refuses a browser's request from a foreign site (CSRF; OWASP's origin check)."""

    def __init__(self, allowed_origins: tuple[str, ...], trusted_proxy_hops: int) -> None:
        """``allowed_origins`` are those of ``CORS_ORIGINS`` and ``PUBLIC_URL``."""
        self._allowed = {_origin(each) for each in allowed_origins}
        self._hops = trusted_proxy_hops

    def check(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is not None:
            sender = _origin(origin)
            if sender is None or sender not in self._allowed | {self._own_origin(request)}:
                raise CrossSiteRequest
        elif request.headers.get("sec-fetch-site") == "cross-site":
            raise CrossSiteRequest

    def _own_origin(self, request: Request) -> str | None:
        scheme, host = request.url.scheme, request.headers.get("host", "")
        if self._hops:
            scheme = self._forwarded(request, "x-forwarded-proto") or scheme
            host = self._forwarded(request, "x-forwarded-host") or host
        return _origin(f"{scheme}://{host}")

    def _forwarded(self, request: Request, name: str) -> str:
        """What the outermost of our proxies wrote; each may add a value or keep the one there."""
        values = ",".join(request.headers.getlist(name)).split(",")
        return values[-min(self._hops, len(values))].strip()


class _FromOurSite(Gate):
    async def __call__(self, request: Request) -> None:
        request.app.state.container.same_origin().check(request)


FROM_OUR_SITE = Depends(_FromOurSite())


def _origin(url: str) -> str | None:
    """Scheme, host and port as browsers write them, without a default port."""
    try:
        parts = urlsplit(url.lower())
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    if port in {None, {"http": 80, "https": 443}.get(parts.scheme)}:
        return f"{parts.scheme}://{parts.hostname}"
    return f"{parts.scheme}://{parts.hostname}:{port}"


class _Mark(Gate):
    async def __call__(self, request: Request) -> None:
        """Refuse nobody."""


SIGN_IN = Depends(_Mark())
"""Marks a route on which callers prove who they are: the metrics count how each request ends."""
