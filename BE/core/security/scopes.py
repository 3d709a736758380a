"""What API keys may do: a key has scopes, and each route names the one that it needs."""

from collections.abc import Collection

from BE.core.exceptions import ForbiddenError

type Scope = str
"""Such as ``tasks:read``. It belongs to the context that declares it."""

ANY_SCOPE: Scope = "any"
"""In place of a scope: any is enough."""


class Scopes:
    """The scopes of all contexts, in the order in which they are declared."""

    def __init__(self) -> None:
        self.names: tuple[Scope, ...] = ()

    def declare(self, *names: Scope) -> None:
        self.names += names

    def once_each(self, chosen: Collection[Scope]) -> list[Scope]:
        """The declared ones of ``chosen``, in the order of declaration."""
        return [name for name in self.names if name in chosen]


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
