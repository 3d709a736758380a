from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from BE.core.security.scopes import InsufficientScope, Scope

type Role = Literal["user", "admin"]
"""What the holder of an access token may do."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The user that a request acts for, by its access token or API key."""

    user_id: UUID
    session_id: UUID
    """The id of the API key, if the request has one."""

    role: Role
    scopes: frozenset[Scope] | None = None
    """What an API key may do; ``None`` for an access token, which may do everything."""

    @property
    def is_api_key(self) -> bool:
        return self.scopes is not None

    @property
    def api_key_id(self) -> UUID | None:
        return None if self.scopes is None else self.session_id

    def require(self, needed: Scope | None) -> None:
        """Raises :class:`InsufficientScope` for an API key without it; ``None``: for any key."""
        if self.scopes is not None and needed not in self.scopes:
            raise InsufficientScope(needed)
