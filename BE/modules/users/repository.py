from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import product
from typing import Any, cast
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.named_columns import NamedColumns
from BE.core.personal_data import BATCH, Rows
from BE.modules.users.models import (
    ProfileChanges,
    ProfileDraft,
    User,
    UserChanges,
    UserFilter,
    UserOrder,
    UserSort,
    UserStats,
)

_COLUMNS = "id, email, username, full_name, role, is_active, version, created_at, updated_at"
_CHANGEABLE = NamedColumns("full_name", "username", "role", "is_active", first=3)

# The sort key of a column or a value. The migrations have an index for each. Only ASCII letters are
# folded, so the order is the same in every locale.
_KEYS: Mapping[UserSort, str] = {
    "created_at": "{}",
    "email": 'users.folded({}) COLLATE "C"',
    "full_name": 'users.folded({}) COLLATE "C"',
    "username": "coalesce(users.folded({}), '~') COLLATE \"C\"",
}
_USERNAME_LAST_DESCENDING = "coalesce(users.folded({}), '') COLLATE \"C\""

_RUNS = "users.runs(search, 1) || users.runs(search, 2) || users.runs(search, 3)"


def _search_text(parameter: str) -> str:
    """The text that a search looks for: never NULL, so that accents alone do not match everyone."""
    return f"nullif(users.bare(users.folded({parameter}::text)), '')"


def _contains(parameter: str) -> str:
    """The condition for users that contain a text, without regard to case and accents."""
    return f"strpos(users.bare(search), {_search_text(parameter)}) > 0"


def _has_runs_of(parameter: str) -> str:
    """A weaker condition than :func:`_contains`, which an index supports."""
    text = _search_text(parameter)
    return f"{_RUNS} @> users.runs({text}, greatest(1, least(char_length({text}), 3)))"


def _key(order: UserOrder) -> str:
    is_special = order.by == "username" and order.descending
    return _USERNAME_LAST_DESCENDING if is_special else _KEYS[order.by]


def _direction(order: UserOrder) -> str:
    return "DESC" if order.descending else "ASC"


def _after(order: UserOrder, first: int) -> str:
    """The condition for rows after the value and id in the parameters from ``first`` on."""
    key, beyond = _key(order), "<" if order.descending else ">"
    kind = "timestamptz" if order.by == "created_at" else "text"
    value = key.format(f"${first}::{kind}")
    return f"({key.format(order.by)}, id) {beyond} ({value}, ${first + 1}::uuid)"


@cache
def _along(order: UserOrder, *, searching: bool, resumed: bool) -> str:
    """The statement that reads along an order: role ``$1``, status ``$2``, at most ``$3`` users.

    A search keeps those that contain ``$4``, at most ``$5``. For every pair of role and status
    an index is in this order, and the statement reads only the pairs that the filter admits.
    """
    ordered = f"ORDER BY key {_direction(order)}, id {_direction(order)} LIMIT $3"
    after = f" AND {_after(order, 6 if searching else 4)}" if resumed else ""
    stretches = " UNION ALL ".join(
        f"""(
            SELECT {_COLUMNS}, search, {_key(order).format(order.by)} AS key
            FROM users.profile
            WHERE role = '{role}' AND is_active = {status}
                AND coalesce($1::text = '{role}', true)
                AND coalesce($2::boolean = {status}, true){after}
            {ordered}
        )"""
        for role, status in product(("user", "admin"), ("true", "false"))
    )
    merged = f"SELECT {_COLUMNS}, search FROM ({stretches}) AS stretch {ordered}"
    matching = f"WHERE {_contains('$4')} LIMIT $5" if searching else ""
    return f"SELECT {_COLUMNS} FROM ({merged}) AS merged {matching}"


@cache
def _matching(order: UserOrder, *, resumed: bool) -> str:
    """The statement that finds all users that contain ``$4``, and sorts them.

    The parameters are those of :func:`_along`. The planner cannot estimate how many users match;
    OFFSET 0 keeps it from reading along the order instead.
    """
    after = f" AND {_after(order, 5)}" if resumed else ""
    key = _key(order).format(order.by)
    return f"""
        SELECT {_COLUMNS}
        FROM (
            SELECT {_COLUMNS}
            FROM users.profile
            WHERE {_has_runs_of("$4")} AND {_contains("$4")}
                AND coalesce(role = $1, true) AND coalesce(is_active = $2, true){after}
            OFFSET 0
        ) AS matching
        ORDER BY {key} {_direction(order)}, id {_direction(order)}
        LIMIT $3
    """


@cache
def _counting(*, searching: bool) -> str:
    """The statement that counts users of role ``$1`` and status ``$2`` that contain ``$3``."""
    matching = f"AND {_has_runs_of('$3')} AND {_contains('$3')}" if searching else ""
    return f"""
        SELECT count(*)
        FROM users.profile
        WHERE coalesce(role = $1::text, true) AND coalesce(is_active = $2::boolean, true) {matching}
    """


class UserRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, drafts: Sequence[ProfileDraft]) -> int:
        """Insert profiles whose username is free, without regard to case; return how many.

        They are inserted in the order of usernames, so that two bulks cannot deadlock.
        """
        added: int = await self._db.fetchval(
            """
            WITH added AS (
                INSERT INTO users.profile (id, email, username, full_name, role)
                SELECT *
                FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
                    AS draft (id, email, username, full_name, role)
                ORDER BY lower(username COLLATE "C")
                ON CONFLICT (lower(username COLLATE "C")) DO NOTHING
                RETURNING id
            )
            SELECT count(*) FROM added
            """,
            [draft.id for draft in drafts],
            [draft.email for draft in drafts],
            [draft.username for draft in drafts],
            [draft.full_name for draft in drafts],
            [draft.role for draft in drafts],
        )
        return added

    async def taken(self, usernames: Sequence[str]) -> set[str]:
        """Return those of ``usernames`` that are taken."""
        rows = await self._db.fetch(
            """
            SELECT given
            FROM unnest($1::text[]) AS given
            WHERE EXISTS (
                SELECT FROM users.profile
                WHERE lower(username COLLATE "C") = lower(given COLLATE "C")
            )
            """,
            usernames,
        )
        return {row["given"] for row in rows}

    async def get_all(self, user_ids: Sequence[UUID]) -> list[User]:
        """Return the users that exist, in the order of ``user_ids``."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM users.profile
            JOIN unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, number) USING (id)
            ORDER BY number
            """,
            user_ids,
        )
        return [User(*row) for row in rows]

    async def get(self, user_id: UUID) -> User | None:
        row = await self._db.fetchrow(
            f"SELECT {_COLUMNS} FROM users.profile WHERE id = $1", user_id
        )
        return User(*row) if row else None

    async def lock(self, user_id: UUID) -> User | None:
        """Read the user and lock the row until the transaction ends."""
        row = await self._db.fetchrow(
            f"SELECT {_COLUMNS} FROM users.profile WHERE id = $1 FOR UPDATE", user_id
        )
        return User(*row) if row else None

    async def along(
        self,
        where: UserFilter,
        order: UserOrder,
        *,
        after: tuple[Any, UUID] | None,
        limit: int,
        within: int | None = None,
    ) -> list[User]:
        """Up to ``limit`` users in an order, ``after`` a value and an id.

        A search looks only at the first ``within`` users of the order.
        """
        searching = bool(where.search)
        rows = await self._db.fetch(
            _along(order, searching=searching, resumed=after is not None),
            where.role,
            where.is_active,
            within or limit,
            *((where.search, limit) if searching else ()),
            *(after or ()),
        )
        return [User(*row) for row in rows]

    async def matching(
        self, where: UserFilter, order: UserOrder, *, after: tuple[Any, UUID] | None, limit: int
    ) -> list[User]:
        """Up to ``limit`` users that match a search anywhere: fast if few match."""
        rows = await self._db.fetch(
            _matching(order, resumed=after is not None),
            where.role,
            where.is_active,
            limit,
            where.search,
            *(after or ()),
        )
        return [User(*row) for row in rows]

    async def created_since(self, moment: datetime) -> AsyncIterator[list[User]]:
        """All of them, in batches."""
        after = UUID(int=0)
        while rows := await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM users.profile
            WHERE id > $1 AND created_at >= $2
            ORDER BY id
            LIMIT $3
            """,
            after,
            moment,
            BATCH,
        ):
            yield [User(*row) for row in rows]
            after = rows[-1]["id"]

    async def count(self, where: UserFilter) -> int:
        """How many users match."""
        matching: int = await self._db.fetchval(
            _counting(searching=bool(where.search)),
            where.role,
            where.is_active,
            *((where.search,) if where.search else ()),
        )
        return matching

    async def stats(self) -> UserStats:
        row = await self._db.fetchrow(
            """
            SELECT count(*) AS total_users,
                count(*) FILTER (WHERE is_active) AS active_users,
                count(*) FILTER (WHERE NOT is_active) AS inactive_users,
                count(*) FILTER (WHERE role = 'admin') AS admins,
                count(*) FILTER (WHERE created_at >= date_trunc('day', now(), 'UTC'))
                    AS new_users_today,
                count(*) FILTER (WHERE created_at >= date_trunc('week', now(), 'UTC'))
                    AS new_users_week,
                to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS timestamp
            FROM users.profile
            """
        )
        return cast(UserStats, dict(row))

    async def change(
        self, user_id: UUID, changes: ProfileChanges | UserChanges, versions: Sequence[int] | None
    ) -> User | None:
        """Set the columns that ``changes`` names; ``None`` without the user in ``versions``.

        Raises :class:`UniqueViolationError` when the username is taken.
        """
        row = await self._db.fetchrow(
            f"""
            UPDATE users.profile
            SET {_CHANGEABLE.assignments}
            WHERE id = $1 AND ($2::int[] IS NULL OR version = ANY($2))
            RETURNING {_COLUMNS}
            """,
            user_id,
            versions,
            *_CHANGEABLE.arguments(changes),
        )
        return User(*row) if row else None

    async def change_email(self, user_id: UUID, email: str) -> None:
        await self._db.execute(
            """
            UPDATE users.profile
            SET email = $2, version = version + 1, updated_at = now()
            WHERE id = $1
            """,
            user_id,
            email,
        )

    async def remove(self, user_id: UUID) -> None:
        await self._db.execute("DELETE FROM users.profile WHERE id = $1", user_id)

    async def held(self, user_id: UUID) -> Rows:
        yield await self._db.fetch(
            f"SELECT {_COLUMNS} FROM users.profile WHERE id = $1",
            user_id,
        )
