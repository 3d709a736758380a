"""The caller of a request, as the access token of ``Authorization: Bearer`` names it."""

from starlette.types import Scope

from BE.core.exceptions import DomainError, UnauthorizedError
from BE.core.http.raw_headers import header_of
from BE.core.security.access_tokens import AccessTokenExpired, AccessTokens
from BE.core.security.bearer_tokens import BearerTokens
from BE.core.security.principals import Principal

_CALLER = "bounded.caller"


async def identify(scope: Scope) -> Principal | DomainError:
    """The caller, or the reason why it is unknown. Verifies the token once per request."""
    caller: Principal | DomainError | None = scope.get(_CALLER)
    if caller is None:
        caller = scope[_CALLER] = await _verify(scope)
    return caller


async def identify_holder(scope: Scope) -> Principal | None:
    """The caller, even by an expired token of ours; ``None`` if nothing identifies one.

    An API key names no session.
    """
    caller = await identify(scope)
    if isinstance(caller, AccessTokenExpired):
        tokens: AccessTokens = scope["app"].state.container.access_tokens()
        return tokens.holder(bearer_token(header_of(scope, b"authorization")))
    return caller if isinstance(caller, Principal) and not caller.is_api_key else None


def is_identified(scope: Scope) -> bool:
    """Whether the token was verified, and is valid."""
    return isinstance(scope.get(_CALLER), Principal)


def bearer_token(authorization: str) -> str:
    """The token of an ``Authorization`` header; empty without one."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _verify(scope: Scope) -> Principal | DomainError:
    token = bearer_token(header_of(scope, b"authorization"))
    if not token:
        return UnauthorizedError()
    tokens: BearerTokens = scope["app"].state.container.bearer_tokens()
    try:
        return await tokens.verify(token)
    except DomainError as error:
        return error
