from typing import Protocol
from uuid import UUID

from BE.core.security.principals import Role


class Profiles(Protocol):
    """Who somebody is, which auth does not know."""

    async def names_of(self, user_id: UUID) -> tuple[str | None, str]:
        """Return the username, if any, and the full name."""


class NewUser(Protocol):
    """Somebody whom an admin makes an account for."""

    @property
    def id(self) -> UUID: ...

    @property
    def email(self) -> str: ...

    @property
    def password(self) -> str: ...

    @property
    def full_name(self) -> str: ...

    @property
    def username(self) -> str | None: ...

    @property
    def role(self) -> Role: ...
