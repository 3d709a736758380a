"""Whose changes a user sees: their own, everyone's, and those of groups they belong to."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from BE.core.events import EVERYBODY

type GroupsOf = Callable[[UUID], Awaitable[Collection[UUID]]]
"""The groups of one kind that a user belongs to, as committed now."""


class Audiences:
    def __init__(self) -> None:
        self._kinds: list[GroupsOf] = []

    def add(self, groups_of: GroupsOf) -> None:
        self._kinds.append(groups_of)

    async def of(self, user_id: UUID) -> frozenset[UUID]:
        """Raises :class:`UnavailableError`."""
        groups = [group for groups_of in self._kinds for group in await groups_of(user_id)]
        return frozenset({user_id, EVERYBODY, *groups})
