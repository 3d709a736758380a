"""The repository in memory; the contract tests hold it to the real one."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from BE.core.exceptions import UniqueViolationError
from BE.modules.users.models import (
    ProfileChanges,
    ProfileDraft,
    User,
    UserChanges,
    UserFilter,
    UserOrder,
)
from BE.modules.users.repository import UserRepository


class FakeUserRepository(UserRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.users: dict[UUID, User] = {}

    async def add(self, drafts: Sequence[ProfileDraft]) -> int:
        added = 0
        for draft in drafts:
            if not self._is_taken(draft.username, by_other_than=draft.id):
                now = self._clock()
                self.users[draft.id] = User(
                    id=draft.id,
                    email=draft.email,
                    username=draft.username,
                    full_name=draft.full_name,
                    role=draft.role,
                    is_active=True,
                    version=1,
                    created_at=now,
                    updated_at=now,
                )
                added += 1
        return added

    async def taken(self, usernames: Sequence[str]) -> set[str]:
        return {
            username
            for username in usernames
            if self._is_taken(username, by_other_than=UUID(int=0))
        }

    async def get_all(self, user_ids: Sequence[UUID]) -> list[User]:
        return [self.users[user_id] for user_id in user_ids if user_id in self.users]

    async def get(self, user_id: UUID) -> User | None:
        return self.users.get(user_id)

    async def created_since(self, moment: datetime) -> AsyncIterator[list[User]]:
        yield [user for user in self.users.values() if user.created_at >= moment]

    async def change(
        self, user_id: UUID, changes: ProfileChanges | UserChanges, versions: Sequence[int] | None
    ) -> User | None:
        user = self.users.get(user_id)
        if user is None or (versions is not None and user.version not in versions):
            return None
        if self._is_taken(changes.get("username"), by_other_than=user_id):
            raise UniqueViolationError("profile_username")
        if changes:
            user = replace(user, **changes, version=user.version + 1, updated_at=self._clock())
            self.users[user_id] = user
        return user

    async def lock(self, user_id: UUID) -> User | None:
        return self.users.get(user_id)

    async def along(
        self,
        where: UserFilter,
        order: UserOrder,
        *,
        after: tuple[Any, UUID] | None,
        limit: int,
        within: int | None = None,
    ) -> list[User]:
        ranked = sorted(
            (_rank(order, getattr(user, order.by), user.id), user)
            for user in self.users.values()
            if where.role in {None, user.role} and where.is_active in {None, user.is_active}
        )
        if order.descending:
            ranked.reverse()
        if after is not None:
            place = _rank(order, *after)
            ranked = [
                (rank, user)
                for rank, user in ranked
                if (rank < place if order.descending else rank > place)
            ]
        in_order = [user for _, user in ranked]
        looked_at = in_order[: within or limit]
        return [user for user in looked_at if _contains(user, where.search or "")][:limit]

    async def matching(
        self, where: UserFilter, order: UserOrder, *, after: tuple[Any, UUID] | None, limit: int
    ) -> list[User]:
        return await self.along(where, order, after=after, limit=limit, within=len(self.users))

    async def remove(self, user_id: UUID) -> None:
        self.users.pop(user_id, None)

    def _is_taken(self, username: str | None, *, by_other_than: UUID) -> bool:
        return username is not None and any(
            user.username is not None
            and user.username.lower() == username.lower()
            and user.id != by_other_than
            for user in self.users.values()
        )


def _rank(order: UserOrder, value: Any, user_id: UUID) -> tuple[bool, Any, UUID]:
    """The place of a value in an ascending order; in a descending one, null is still last."""
    is_last = (value is None) != order.descending
    return (is_last, value.lower() if isinstance(value, str) else value or "", user_id)


def _contains(user: User, text: str) -> bool:
    return any(
        text.lower() in field.lower() for field in (user.username or "", user.email, user.full_name)
    )
