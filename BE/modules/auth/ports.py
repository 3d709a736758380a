from typing import Protocol
from uuid import UUID

from BE.core.exceptions import Detail
from BE.core.security.principals import Role


class Profiles(Protocol):
    """The names of users, which ``auth`` does not store."""

    async def names_of(self, user_id: UUID) -> tuple[str | None, str]:
        """Return the username, if any, and the full name."""

    async def lock(self, user_id: UUID) -> bool:
        """Lock the profile until the transaction ends; ``False`` if it is gone.

        It is locked before the account, so that changes of both cannot deadlock.
        """

    async def fault_of(self, username: str) -> Detail | None:
        """Return a fault if the username is taken."""


class NewUser(Protocol):
    """A user for whom an admin creates an account."""

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
