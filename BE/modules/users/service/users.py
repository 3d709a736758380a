from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from BE.core.exceptions import Detail, PreconditionFailedError, UniqueViolationError
from BE.modules.auth.events import EmailChanged, UserDeleted, UserRegistered
from BE.modules.users.exceptions import UsernameTaken, UserNotFound
from BE.modules.users.models import ProfileChanges, ProfileDraft, User, UserChanges
from BE.modules.users.repository import UserRepository


class UserService:
    def __init__(self, repository: UserRepository) -> None:
        self._repository = repository

    async def on_users_registered(self, events: Sequence[UserRegistered]) -> None:
        """Insert the profiles. Raises :class:`UsernameTaken`, which undoes the registration."""
        drafts = [
            ProfileDraft(event.user_id, event.email, event.username, event.full_name, event.role)
            for event in events
        ]
        if await self._repository.add(drafts) < len(drafts):
            raise UsernameTaken

    async def on_email_changed(self, event: EmailChanged) -> None:
        await self._repository.change_email(event.user_id, event.email)

    async def on_user_deleted(self, event: UserDeleted) -> None:
        await self._repository.remove(event.user_id)

    async def registered_since(
        self, moment: datetime
    ) -> AsyncIterator[list[tuple[datetime, UserRegistered]]]:
        """All current users, as if they had registered with their current data; in batches."""
        async for users in self._repository.created_since(moment):
            yield [(user.created_at, _registration(user)) for user in users]

    async def names_of(self, user_id: UUID) -> tuple[str | None, str]:
        """Return the username and the full name; empty without a profile."""
        user = await self._repository.get(user_id)
        return (user.username, user.full_name) if user else (None, "")

    async def names_and_emails(self, user_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """Return the full name and the email of those who exist."""
        users = await self._repository.get_all(user_ids)
        return {user.id: (user.full_name, user.email) for user in users}

    async def lock(self, user_id: UUID) -> bool:
        """Lock the profile until the transaction ends; ``False`` if it is gone."""
        return await self._repository.lock(user_id) is not None

    async def fault_of(self, username: str) -> Detail | None:
        """Return a fault if the username is taken."""
        taken = await self._repository.taken([username])
        return UsernameTaken.at("username", "taken") if taken else None

    async def get(self, user_id: UUID) -> User:
        """Raises :class:`UserNotFound`."""
        user = await self._repository.get(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def change(
        self, user_id: UUID, changes: ProfileChanges | UserChanges, versions: Sequence[int] | None
    ) -> User:
        """Change a user who is in one of ``versions``; ``None`` means any.

        Raises :class:`UserNotFound`, :class:`PreconditionFailedError`, :class:`UsernameTaken`.
        """
        try:
            user = await self._repository.change(user_id, changes, versions)
        except UniqueViolationError:
            raise UsernameTaken from None
        if user is None:
            raise PreconditionFailedError(await self.get(user_id))
        return user


def _registration(user: User) -> UserRegistered:
    return UserRegistered(
        user_id=user.id,
        email=user.email,
        role=user.role,
        full_name=user.full_name,
        username=user.username,
    )
