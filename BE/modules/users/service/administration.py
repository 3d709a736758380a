from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.core.exceptions import (
    ConflictError,
    Detail,
    InvalidInputError,
    PreconditionFailedError,
)
from BE.core.http.pagination import Cursors, Page
from BE.core.redis.cache import Cache
from BE.core.security.principals import Principal
from BE.modules.users.exceptions import UsernameTaken, UserNotFound, UsersTaken
from BE.modules.users.models import (
    AccountChanges,
    ProfileChanges,
    User,
    UserChanges,
    UserDraft,
    UserFilter,
    UserOrder,
    UserStats,
)
from BE.modules.users.ports import Accounts, PasswordProof
from BE.modules.users.repository import UserRepository
from BE.modules.users.service.users import UserService

# How many users of the order a search reads per wanted one, before it uses the substring index.
_NEAR = 50
_FURTHER = 4

_STATS = "users:stats"
_STATS_KEPT = timedelta(minutes=1)


class UserAdministration:
    """Operations of admins on users.

    Every use case locks the profile before the account, so that two of them cannot deadlock.
    """

    def __init__(
        self,
        database: Database,
        repository: UserRepository,
        users: UserService,
        accounts: Accounts,
        passwords: PasswordProof,
        cursors: Cursors,
        cache: Cache,
    ) -> None:
        self._db = database
        self._repository = repository
        self._users = users
        self._accounts = accounts
        self._passwords = passwords
        self._cursors = cursors
        self._cache = cache

    async def page(
        self, where: UserFilter, order: UserOrder, *, limit: int, cursor: str | None
    ) -> Page[User]:
        """Raises :class:`InvalidCursor`."""
        scope = f"users:{order}:{where}"
        after = None if cursor is None else _position(order, self._cursors.open(scope, cursor))
        users = await self._find(where, order, after, limit + 1)
        return self._cursors.page(scope, users, limit, attrgetter(order.by, "id"))

    async def count(self, where: UserFilter) -> int:
        return await self._repository.count(where)

    async def verified(self, users: Sequence[User]) -> set[UUID]:
        """The ids of those whose email is verified."""
        return await self._accounts.verified([user.id for user in users])

    async def stats(self) -> UserStats:
        """Return counts that are at most a minute old."""
        cached: UserStats | None = await self._cache.get(_STATS)
        if cached is not None:
            return cached
        stats = await self._repository.stats()
        await self._cache.set(_STATS, stats, ttl=_STATS_KEPT)
        return stats

    async def create(self, drafts: Sequence[UserDraft]) -> list[User]:
        """Create users, all or none.

        Raises :class:`InvalidInputError` for weak passwords, and else :class:`UsersTaken`. Both
        name every fault, as ``drafts.3.email``.
        """
        try:
            self._accounts.require_strong_passwords(drafts)
        except InvalidInputError as weak:
            weak.details = [*weak.details, *await self._taken(drafts)]
            raise
        if not self._db.in_transaction:  # hashing must not hold a connection
            await self._refuse_taken(drafts)
        password_hashes = await self._accounts.hash_passwords(drafts)
        try:
            async with self._db.transaction():
                await self._accounts.open(drafts, password_hashes)
                return await self._repository.get_all([draft.id for draft in drafts])
        except ConflictError:  # another request was faster
            await self._refuse_taken(drafts)
            raise

    async def change(
        self, user_id: UUID, changes: UserChanges, versions: Sequence[int] | None
    ) -> User:
        """Change a user who is in one of ``versions``; ``None`` means any.

        A change of role or status ends the user's sessions. Raises :class:`UserNotFound`,
        :class:`PreconditionFailedError`, :class:`UsernameTaken`, and :class:`ConflictError`
        where no active admin would be left.
        """
        profile, account = _divided(changes)
        if not account:
            return await self._users.change(user_id, profile, versions)
        async with self._db.transaction():
            await self._lock(user_id, versions)
            applied = await self._accounts.change(user_id, account)
            return await self._users.change(user_id, {**profile, **applied}, None)

    async def delete_oneself(
        self, caller: Principal, password: str | None, versions: Sequence[int] | None
    ) -> None:
        """Delete the caller, who proves to know the password of the account, if it has one.

        Raises :class:`InvalidInputError`, :class:`UnauthorizedError`, :class:`RateLimitedError`,
        and what :meth:`delete` does.
        """
        await self._passwords.prove(caller, password)
        await self.delete(caller.user_id, versions)

    async def delete(self, user_id: UUID, versions: Sequence[int] | None) -> None:
        """Delete a user who is in one of ``versions``, with all data; ``None`` means any.

        Raises :class:`UserNotFound`, :class:`PreconditionFailedError`, and
        :class:`ConflictError` where no active admin would be left.
        """
        async with self._db.transaction():
            await self._lock(user_id, versions)
            await self._accounts.delete(user_id)

    async def _refuse_taken(self, drafts: Sequence[UserDraft]) -> None:
        """Raises :class:`UsersTaken`."""
        faults = await self._taken(drafts)
        if faults:
            raise UsersTaken(*faults)

    async def _taken(self, drafts: Sequence[UserDraft]) -> list[Detail]:
        """The places where a user or an earlier draft already has the email or the username."""
        emails = [draft.email for draft in drafts]
        usernames = [draft.username for draft in drafts]
        named = [username for username in usernames if username is not None]
        repeated_emails = _repeated(emails, await self._accounts.taken(emails))
        repeated_usernames = _repeated(usernames, await self._repository.taken(named))
        faults = []
        for index in range(len(drafts)):
            if index in repeated_emails:
                message = "Email already registered"
                faults.append(Detail(f"drafts.{index}.email", message, "taken"))
            if index in repeated_usernames:
                faults.append(UsernameTaken.at(f"drafts.{index}.username", "taken"))
        return faults

    async def _lock(self, user_id: UUID, versions: Sequence[int] | None) -> None:
        user = await self._repository.lock(user_id)
        if user is None:
            raise UserNotFound
        if versions is not None and user.version not in versions:
            raise PreconditionFailedError(user)

    async def _find(
        self, where: UserFilter, order: UserOrder, after: tuple[Any, UUID] | None, limit: int
    ) -> list[User]:
        """If many match, the next ones are near in the order; if few, the index finds them."""
        if not where.search:
            return await self._repository.along(where, order, after=after, limit=limit)
        found: list[User] = []
        for within in (_NEAR, _NEAR * _FURTHER):
            found = await self._repository.along(
                where, order, after=after, limit=limit, within=within * limit
            )
            if len(found) == limit or len(found) < limit // 2:
                break
        if len(found) < limit:
            found = await self._repository.matching(where, order, after=after, limit=limit)
        return found


def _divided(changes: UserChanges) -> tuple[ProfileChanges, AccountChanges]:
    """The parts that ``users`` and ``auth`` decide on."""
    own = ProfileChanges.__optional_keys__
    profile = {name: value for name, value in changes.items() if name in own}
    account = {name: value for name, value in changes.items() if name not in own}
    return cast(ProfileChanges, profile), cast(AccountChanges, account)


def _position(order: UserOrder, sealed: list[Any]) -> tuple[Any, UUID]:
    value, user_id = sealed
    if order.by == "created_at":
        value = datetime.fromisoformat(value)
    return value, UUID(user_id)


def _repeated(values: Sequence[str | None], taken: set[str]) -> set[int]:
    """The indices of ``values`` that are taken or occur earlier, by their identity."""
    seen, repeated = {identity_of(value) for value in taken}, set()
    for index, value in enumerate(values):
        if value is not None:
            identity = identity_of(value)
            if identity in seen:
                repeated.add(index)
            seen.add(identity)
    return repeated
