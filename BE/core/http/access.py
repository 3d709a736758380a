"""Who may call: each route declares it, and callers without access get 401 or 403."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from BE.core.context import current_request
from BE.core.exceptions import DomainError, ForbiddenError
from BE.core.http.callers import identify, identify_holder
from BE.core.http.paths import API
from BE.core.security.principals import Principal
from BE.core.security.scopes import ANY_SCOPE, InsufficientScope, Scope
from BE.core.security.sessions import (
    FreshnessCheck,
    SessionCheck,
    StepUpRequired,
    require_live,
)

_PRINCIPAL = "bounded.principal"
ONLY_READ = frozenset({"GET", "HEAD"})
"""The methods of routes that change nothing."""


class Gate(ABC):
    """A dependency that only refuses. It runs once, before the body is read."""

    refuses_with: ClassVar[tuple[int | type[DomainError], ...]] = ()
    """Its refusals, which its routes document: statuses, or classes with a code of their own."""

    @abstractmethod
    async def __call__(self, request: Request) -> Any:
        """Raises the error that refuses the request."""


class Access(Gate):
    """Who may call a route: each declares one, among its own or its router's dependencies."""

    name: str
    """For the OpenAPI document."""

    takes_keys: ClassVar[bool] = False
    """Whether an API key can be the caller's token."""

    admits_without_token: ClassVar[bool] = False
    """Whether callers may leave out the token that the OpenAPI document requires."""


def gates_among(dependencies: Sequence[Any]) -> list[Gate]:
    calls = [declared.dependency for declared in dependencies]
    return [call for call in calls if isinstance(call, Gate)]


def admits_without_token(gate: Gate) -> bool:
    return isinstance(gate, Access) and gate.admits_without_token


class _Public(Access):
    name = "public"

    async def __call__(self, request: Request) -> None:
        pass


class _Bearer(OAuth2PasswordBearer, Access):
    """Declares the scheme to OpenAPI, so that the docs page can sign in."""

    refuses_with = (401, 403)  # a caller of another issuer may get 403 wherever 401 is possible
    takes_keys = True

    def __init__(self, name: str, *admitted: Callable[[Principal, Request], bool]) -> None:
        """Admits a signed-in caller that fits one of ``admitted``; if there is none, every one."""
        super().__init__(f"{API}/auth/token", scheme_name="access_token", auto_error=False)
        self.name = name
        self._admitted = admitted

    # a Principal, where the base class returns the bare token
    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        principal = await identify(request.scope)
        if not isinstance(principal, Principal):
            raise principal
        sessions: SessionCheck = request.app.state.container.revocations()
        await require_live(sessions, principal)
        context = current_request()
        if context is not None:
            context.act_for(principal.user_id, principal.api_key_id)
        if self._admitted and not any(admits(principal, request) for admits in self._admitted):
            raise ForbiddenError
        request.scope[_PRINCIPAL] = principal
        return principal


class _Holder(OAuth2PasswordBearer, Access):
    """Admits everyone. Declares the scheme, so that the docs page sends the token."""

    name = "signed_in_before"
    admits_without_token = True

    def __init__(self) -> None:
        super().__init__(f"{API}/auth/token", scheme_name="access_token", auto_error=False)

    # a Principal, where the base class returns the bare token
    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        holder = await identify_holder(request.scope)
        context = current_request()
        if context is not None and holder is not None:
            context.actor_id = holder.user_id
        request.scope[_PRINCIPAL] = holder
        return holder


def _is_admin(principal: Principal, _: Request) -> bool:
    return principal.role == "admin"


def _is_named(principal: Principal, request: Request) -> bool:
    user_id: str = request.path_params["user_id"]
    return user_id.lower() == str(principal.user_id)


PUBLIC = Depends(_Public())
SIGNED_IN = Depends(_Bearer("signed_in"))
SIGNED_IN_BEFORE = Depends(_Holder())
"""Admits everyone; :data:`TokenHolder` is the user in the access token, even an expired one."""
ADMIN = Depends(_Bearer("admin", _is_admin))
SELF_OR_ADMIN = Depends(_Bearer("self_or_admin", _is_named, _is_admin))
"""The user whom ``{user_id}`` of the path names, or an admin."""


class KeyGate(Gate):
    """The scope that an API key needs: each route that takes keys for tokens declares one."""

    refuses_with = (InsufficientScope,)

    def __init__(self, reading: Scope | None, writing: Scope | None) -> None:
        self._reading = reading
        self._writing = writing

    async def __call__(self, request: Request) -> None:
        principal: Principal = request.scope[_PRINCIPAL]
        if (needed := self.scope_of(request.method)) != ANY_SCOPE:
            principal.require(needed)

    def scope_of(self, method: str) -> Scope | None:
        """``None``: no key is admitted."""
        return self._reading if method in ONLY_READ else self._writing


def keys_with(scope: Scope, writing: Scope | None = None) -> Any:
    """Beside the access: admits API keys with ``scope``; ``writing`` may require another one."""
    return Depends(KeyGate(scope, writing or scope))


ANY_KEY = keys_with(ANY_SCOPE)
"""Beside the access: admits every API key, whose scopes the endpoint judges."""
NO_KEYS = Depends(KeyGate(None, None))
"""Beside the access: admits no API key, whatever its scopes."""


class _Fresh(Gate):
    """Runs after the access, which identifies the caller."""

    refuses_with = (StepUpRequired,)

    async def __call__(self, request: Request) -> None:
        principal: Principal = request.scope[_PRINCIPAL]
        sessions: FreshnessCheck = request.app.state.container.step_up_service()
        await sessions.require_fresh(principal.session_id)


FRESH = Depends(_Fresh())
"""After :data:`SIGNED_IN`: only for a session whose holder has just proved who they are."""


class _FreshForOneself(_Fresh):
    async def __call__(self, request: Request) -> None:
        principal: Principal = request.scope[_PRINCIPAL]
        try:
            named = UUID(request.path_params["user_id"])  # in any spelling that the route takes
        except ValueError:
            return
        if named == principal.user_id:
            await super().__call__(request)


FRESH_FOR_ONESELF = Depends(_FreshForOneself())
"""Like :data:`FRESH`, where the caller is the user whom ``{user_id}`` of the path names."""


class _Mark(Gate):
    async def __call__(self, request: Request) -> None:
        """Refuse no caller."""


SIGN_IN = Depends(_Mark())
"""Marks a route on which callers prove who they are: the metrics count how each request ends."""


async def current_user(request: Request) -> Principal:
    """The caller; only on a route that is not public."""
    principal: Principal = request.scope[_PRINCIPAL]
    return principal


async def _token_holder(request: Request) -> Principal | None:
    holder: Principal | None = request.scope[_PRINCIPAL]
    return holder


CurrentUser = Annotated[Principal, Depends(current_user)]

TokenHolder = Annotated[Principal | None, Depends(_token_holder)]
"""The access token's holder, whose session may have ended; on :data:`SIGNED_IN_BEFORE`."""
