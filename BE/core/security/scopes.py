"""What API keys may do: a key is given scopes, and each route names the one that it needs."""

from typing import Literal, get_args

from BE.core.exceptions import ForbiddenError

type Scope = Literal[
    "tasks:read",
    "tasks:write",
    "users:read",
    "users:write",
    "audit:read",
    "operations:read",
    "operations:write",
]

SCOPES: tuple[Scope, ...] = get_args(Scope.__value__)


class InsufficientScope(ForbiddenError):
    """This API key may not do this"""

    code = "INSUFFICIENT_SCOPE"

    def __init__(self, needed: Scope | None) -> None:
        """``needed`` is the missing scope, ``None`` where no key is admitted (RFC 6750 §3.1)."""
        challenge = 'Bearer error="insufficient_scope"'
        if needed is None:
            super().__init__("No API key may do this, sign in instead")
        else:
            super().__init__(f"This needs an API key with the scope {needed}")
            challenge += f', scope="{needed}"'
        self.headers["WWW-Authenticate"] = challenge
