from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID

from BE.core.types import Role


class Accounts(Protocol):
    """How somebody signs in and what they may do, which auth owns."""

    async def change(
        self, account_id: UUID, *, role: Role | None = None, is_active: bool | None = None
    ) -> None:
        """Change what is given, in the transaction at hand; a change ends the sessions.

        Raises :class:`ConflictError` where no active admin would be left.
        """

    async def delete(self, account_id: UUID) -> None:
        """Delete the account in the transaction at hand, and tell those who hold more of it.

        Raises :class:`ConflictError` where no active admin would be left.
        """


class Cache(Protocol):
    """Remembers for a while; as ``cashews`` has it."""

    async def get_or_set(
        self, key: str, default: Callable[[], Awaitable[Any]], expire: float
    ) -> Any:
        """What ``key`` stands for, or ``default()``, kept for ``expire`` seconds."""
