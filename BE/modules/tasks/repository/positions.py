from collections.abc import Mapping, Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.exclusive import hold_alone
from BE.modules.tasks.models import Task
from BE.modules.tasks.repository.finding import COLUMNS


class PositionRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def lock_order(self, owner_id: UUID) -> None:
        """Lock the order of this owner's tasks until the transaction ends."""
        await hold_alone(self._db, "tasks.position", owner_id)

    async def last_position(self, owner_id: UUID) -> str | None:
        position: str | None = await self._db.fetchval(
            "SELECT max(position) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL",
            owner_id,
        )
        return position

    async def beside(
        self, owner_id: UUID, position: str, *, but: UUID, each_side: int
    ) -> list[tuple[UUID, str]]:
        """Ids and positions of tasks up to ``position`` and after it, in order, without ``but``."""
        rows = await self._db.fetch(
            """
            SELECT id, position
            FROM (
                (
                    SELECT id, position
                    FROM tasks.task
                    WHERE owner_id = $1 AND deleted_at IS NULL AND position <= $2 AND id <> $3
                    ORDER BY position DESC, id DESC
                    LIMIT $4
                )
                UNION ALL
                (
                    SELECT id, position
                    FROM tasks.task
                    WHERE owner_id = $1 AND deleted_at IS NULL AND position > $2 AND id <> $3
                    ORDER BY position, id
                    LIMIT $4
                )
            ) AS beside
            ORDER BY position, id
            """,
            owner_id,
            position,
            but,
            each_side,
        )
        return [tuple(row) for row in rows]

    async def next_position(
        self, owner_id: UUID, *, after: tuple[str, UUID], but: UUID
    ) -> str | None:
        """The first position after a row, leaving out the task ``but``."""
        position: str | None = await self._db.fetchval(
            """
            SELECT position
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL AND (position, id) > ($2, $3) AND id <> $4
            ORDER BY position, id
            LIMIT 1
            """,
            owner_id,
            *after,
            but,
        )
        return position

    async def place(
        self, owner_id: UUID, task_id: UUID, position: str, versions: Sequence[int] | None = None
    ) -> Task | None:
        """Give a task a position; ``None`` without such a task in one of ``versions``."""
        row = await self._db.fetchrow(
            f"""
            UPDATE tasks.task
            SET position = $3, version = version + 1, updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                AND ($4::int[] IS NULL OR version = ANY($4))
            RETURNING {COLUMNS}
            """,
            task_id,
            owner_id,
            position,
            versions,
        )
        return Task(*row) if row else None

    async def spread(self, owner_id: UUID, positions: Mapping[UUID, str]) -> list[Task]:
        """Give tasks new positions that keep their order."""
        rows = await self._db.fetch(
            f"""
            UPDATE tasks.task
            SET position = spread.place, version = version + 1
            FROM unnest($2::uuid[], $3::text[]) AS spread (task_id, place)
            WHERE id = spread.task_id AND owner_id = $1
            RETURNING {COLUMNS}
            """,
            owner_id,
            list(positions),
            list(positions.values()),
        )
        return [Task(*row) for row in rows]
