from collections.abc import Sequence
from uuid import UUID

from BE.core.database import Database
from BE.core.types import Role
from BE.modules.users.models import ProfileChanges, User

_COLUMNS = "id, email, username, full_name, role, is_active, version, created_at, updated_at"


class UserRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, user_id: UUID, *, email: str, username: str | None, full_name: str, role: Role
    ) -> bool:
        """Insert a profile; ``False`` when the username is taken, in whatever case."""
        row = await self._db.fetchrow(
            """
            INSERT INTO users.profile (id, email, username, full_name, role)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (lower(username)) DO NOTHING
            RETURNING id
            """,
            user_id,
            email,
            username,
            full_name,
            role,
        )
        return row is not None

    async def get(self, user_id: UUID) -> User | None:
        row = await self._db.fetchrow(
            f"SELECT {_COLUMNS} FROM users.profile WHERE id = $1", user_id
        )
        return User(*row) if row else None

    async def change(
        self, user_id: UUID, changes: ProfileChanges, versions: Sequence[int] | None
    ) -> User | None:
        """Change what is named; ``None`` when there is no such user in one of ``versions``.

        Raises :class:`UniqueViolationError` when the username is taken.
        """
        row = await self._db.fetchrow(
            f"""
            UPDATE users.profile
            SET full_name = CASE WHEN 'full_name' = ANY($3::text[]) THEN $4 ELSE full_name END,
                username = CASE WHEN 'username' = ANY($3::text[]) THEN $5 ELSE username END,
                version = version + (cardinality($3) > 0)::int,
                updated_at = CASE WHEN cardinality($3) > 0 THEN now() ELSE updated_at END
            WHERE id = $1 AND ($2::int[] IS NULL OR version = ANY($2))
            RETURNING {_COLUMNS}
            """,
            user_id,
            versions,
            list(changes),
            changes.get("full_name"),
            changes.get("username"),
        )
        return User(*row) if row else None
