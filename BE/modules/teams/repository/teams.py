from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.exclusive import hold_alone
from BE.core.personal_data import Rows
from BE.core.security.team_roles import TeamRole
from BE.modules.teams.models import Membership, OwnedTeam, Team

# in the order of the model's fields: rows become models by position
_COLUMNS = "t.id, t.name, t.slug, m.role, t.created_at, t.version"


class TeamRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def lock_owned(self, user_id: UUID) -> list[OwnedTeam]:
        """Lock the teams that the user owns, in the order of their ids."""
        rows = await self._db.fetch(
            """
            SELECT t.id, t.name
            FROM teams.team AS t
            JOIN teams.membership AS m ON m.team_id = t.id
            WHERE m.user_id = $1 AND m.role = 'owner'
            ORDER BY t.id
            FOR UPDATE OF t
            """,
            user_id,
        )
        return [OwnedTeam(*row) for row in rows]

    async def owned_by_others(self, team_ids: Sequence[UUID], user_id: UUID) -> set[UUID]:
        """Those of ``team_ids`` that have another owner besides the user."""
        rows = await self._db.fetch(
            """
            SELECT DISTINCT team_id
            FROM teams.membership
            WHERE team_id = ANY($1::uuid[]) AND role = 'owner' AND user_id <> $2
            """,
            team_ids,
            user_id,
        )
        return {row["team_id"] for row in rows}

    async def count_owned_alone(self, user_id: UUID) -> int:
        """How many teams the user owns.

        Counting is exclusive until the transaction ends, so the next count sees what this
        transaction has added.
        """
        await hold_alone(self._db, "teams.quota", user_id)
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM teams.membership WHERE user_id = $1 AND role = 'owner'", user_id
        )
        return count

    async def add(self, team_id: UUID, name: str, slug: str, owner_id: UUID) -> Team | None:
        """``None`` if the slug is taken."""
        row = await self._db.fetchrow(
            """
            WITH added AS (
                INSERT INTO teams.team (id, name, slug)
                VALUES ($1, $2, $3)
                ON CONFLICT (slug) DO NOTHING
                RETURNING id, name, slug, created_at, version
            ), joined AS (
                INSERT INTO teams.membership (team_id, user_id, role)
                SELECT id, $4, 'owner' FROM added
                RETURNING role
            )
            SELECT added.id, name, slug, role, created_at, version FROM added, joined
            """,
            team_id,
            name,
            slug,
            owner_id,
        )
        return Team(*row) if row else None

    async def page(self, user_id: UUID, *, before: UUID, limit: int) -> list[Team]:
        """Up to ``limit`` teams of the user, the newest first: ids are ordered by time."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM teams.membership AS m
            JOIN teams.team AS t ON t.id = m.team_id
            WHERE m.user_id = $1 AND m.team_id < $2
            ORDER BY m.team_id DESC
            LIMIT $3
            """,
            user_id,
            before,
            limit,
        )
        return [Team(*row) for row in rows]

    async def get(self, user_id: UUID, team_id: UUID) -> Team | None:
        """``None`` also where the user is no member."""
        row = await self._db.fetchrow(
            f"""
            SELECT {_COLUMNS}
            FROM teams.membership AS m
            JOIN teams.team AS t ON t.id = m.team_id
            WHERE m.team_id = $1 AND m.user_id = $2
            """,
            team_id,
            user_id,
        )
        return Team(*row) if row else None

    async def role_of(self, user_id: UUID, team_id: UUID) -> TeamRole | None:
        role: TeamRole | None = await self._db.fetchval(
            "SELECT role FROM teams.membership WHERE team_id = $1 AND user_id = $2",
            team_id,
            user_id,
        )
        return role

    async def hold_roles(self, team_id: UUID, user_ids: Sequence[UUID]) -> Mapping[UUID, TeamRole]:
        """The roles of those who are members, locked as they are until the transaction ends.

        One statement does both: if it waits for a change, it reads the result of that.
        """
        rows = await self._db.fetch(
            """
            SELECT user_id, role
            FROM teams.membership
            WHERE team_id = $1 AND user_id = ANY($2::uuid[])
            ORDER BY user_id
            FOR SHARE
            """,
            team_id,
            user_ids,
        )
        return {row["user_id"]: row["role"] for row in rows}

    async def lock(self, team_id: UUID) -> str | None:
        """Lock the team until the transaction ends, and return its name.

        Roles must be read afterwards: a statement that waits for a lock reads an older snapshot.
        """
        name: str | None = await self._db.fetchval(
            "SELECT name FROM teams.team WHERE id = $1 FOR UPDATE", team_id
        )
        return name

    async def memberships(
        self, team_id: UUID, user_ids: Sequence[UUID]
    ) -> Mapping[UUID, Membership]:
        rows = await self._db.fetch(
            """
            SELECT user_id, role, joined_at
            FROM teams.membership
            WHERE team_id = $1 AND user_id = ANY($2::uuid[])
            """,
            team_id,
            user_ids,
        )
        return {row["user_id"]: Membership(*row) for row in rows}

    async def members(
        self, team_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Membership]:
        """Up to ``limit``, the earliest to join first."""
        joined_at, user_id = after or (None, None)
        rows = await self._db.fetch(
            """
            SELECT user_id, role, joined_at
            FROM teams.membership
            WHERE team_id = $1
                AND (joined_at, user_id) > (coalesce($2, '-infinity'::timestamptz),
                    coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid))
            ORDER BY joined_at, user_id
            LIMIT $4
            """,
            team_id,
            joined_at,
            user_id,
            limit,
        )
        return [Membership(*row) for row in rows]

    async def rename(self, team_id: UUID, name: str) -> int:
        """Return the new version. The slug stays: it is in addresses."""
        version: int = await self._db.fetchval(
            """
            UPDATE teams.team SET name = $2, version = version + 1 WHERE id = $1
            RETURNING version
            """,
            team_id,
            name,
        )
        return version

    async def change_role(self, team_id: UUID, user_id: UUID, role: TeamRole) -> None:
        await self._db.execute(
            "UPDATE teams.membership SET role = $3 WHERE team_id = $1 AND user_id = $2",
            team_id,
            user_id,
            role,
        )

    async def add_member(self, team_id: UUID, user_id: UUID, role: TeamRole) -> bool:
        """``False`` for a member, whose role stays."""
        added: UUID | None = await self._db.fetchval(
            """
            INSERT INTO teams.membership (team_id, user_id, role)
            VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
            RETURNING user_id
            """,
            team_id,
            user_id,
            role,
        )
        return added is not None

    async def count_members(self, team_id: UUID) -> int:
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM teams.membership WHERE team_id = $1", team_id
        )
        return count

    async def remove_member(self, team_id: UUID, user_id: UUID) -> None:
        await self._db.execute(
            "DELETE FROM teams.membership WHERE team_id = $1 AND user_id = $2", team_id, user_id
        )

    async def leave_all(self, user_id: UUID) -> list[UUID]:
        """Return the teams that the user was a member of."""
        rows = await self._db.fetch(
            "DELETE FROM teams.membership WHERE user_id = $1 RETURNING team_id", user_id
        )
        return [row["team_id"] for row in rows]

    async def teams_of(self, user_id: UUID) -> list[UUID]:
        rows = await self._db.fetch(
            "SELECT team_id FROM teams.membership WHERE user_id = $1", user_id
        )
        return [row["team_id"] for row in rows]

    async def remove(self, team_id: UUID) -> list[UUID]:
        """Delete a team with its memberships; return its former members."""
        rows = await self._db.fetch(
            "DELETE FROM teams.membership WHERE team_id = $1 RETURNING user_id", team_id
        )
        await self._db.execute("DELETE FROM teams.team WHERE id = $1", team_id)
        return [row["user_id"] for row in rows]

    async def held(self, user_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT t.id AS team_id, t.name, t.slug, m.role, m.joined_at
            FROM teams.membership AS m
            JOIN teams.team AS t ON t.id = m.team_id
            WHERE m.user_id = $1
            ORDER BY m.team_id
            """,
            user_id,
        )
