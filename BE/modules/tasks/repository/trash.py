from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.tasks.models import Task
from BE.modules.tasks.repository.finding import COLUMNS


class TrashRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def trash(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> bool:
        """Move to the trash; ``False`` without such a task in one of ``versions``."""
        row = await self._db.fetchrow(
            """
            UPDATE tasks.task
            SET deleted_at = now(), version = version + 1, updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING owner_id
            """,
            task_id,
            owner_id,
            versions,
        )
        return row is not None

    async def trashed(
        self, owner_id: UUID, *, before: tuple[datetime, UUID], limit: int
    ) -> list[Task]:
        """Up to ``limit`` tasks of the trash, the last deleted first.

        No task in the trash changes, so ``updated_at`` is ``deleted_at``.
        """
        rows = await self._db.fetch(
            f"""
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NOT NULL AND (updated_at, id) < ($2, $3)
            ORDER BY updated_at DESC, id DESC
            LIMIT $4
            """,
            owner_id,
            *before,
            limit,
        )
        return [Task(*row) for row in rows]

    async def restore(self, owner_id: UUID, task_id: UUID) -> Task | None:
        """Take out of the trash; ``None`` if it is not there."""
        row = await self._db.fetchrow(
            f"""
            UPDATE tasks.task
            SET deleted_at = NULL, version = version + 1, updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NOT NULL
            RETURNING {COLUMNS}
            """,
            task_id,
            owner_id,
        )
        return Task(*row) if row else None

    async def restore_all(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        """Take those of ``task_ids`` that are in the trash out of it."""
        rows = await self._db.fetch(
            f"""
            UPDATE tasks.task
            SET deleted_at = NULL, version = version + 1, updated_at = now()
            WHERE owner_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NOT NULL
            RETURNING {COLUMNS}
            """,
            owner_id,
            task_ids,
        )
        return [Task(*row) for row in rows]

    async def empty(self, owner_id: UUID, limit: int) -> int:
        """Delete up to ``limit`` tasks of an owner's trash; return how many."""
        emptied: int = await self._db.fetchval(
            """
            WITH emptied AS (
                DELETE FROM tasks.task
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM tasks.task
                    WHERE owner_id = $1 AND deleted_at IS NOT NULL
                    LIMIT $2
                )) AND owner_id = $1
                RETURNING id
            )
            SELECT count(*) FROM emptied
            """,
            owner_id,
            limit,
        )
        return emptied

    async def purge(self, older_than: timedelta, limit: int) -> int:
        """Delete up to ``limit`` tasks that have been in the trash this long; return how many."""
        purged: int = await self._db.fetchval(
            """
            WITH purged AS (
                DELETE FROM tasks.task
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM tasks.task
                    WHERE deleted_at < now() - $1::interval
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM purged
            """,
            older_than,
            limit,
        )
        return purged

    async def remove_all(self, owner_id: UUID) -> None:
        """Delete every task of an owner, including the trash; both conditions have an index."""
        await self._db.execute(
            """
            DELETE FROM tasks.task
            WHERE (owner_id = $1 AND deleted_at IS NULL)
                OR (owner_id = $1 AND deleted_at IS NOT NULL)
            """,
            owner_id,
        )
