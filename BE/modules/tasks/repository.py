from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from BE.core.database import Database
from BE.modules.tasks.models import Task, TaskChanges, TaskDraft

_COLUMNS = (
    "id, owner_id, title, description, status, priority, due_at, tags, position, version,"
    " created_at, updated_at, completed_at"
)


class TaskRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, task_id: UUID, owner_id: UUID, draft: TaskDraft, position: str) -> Task:
        """Insert a task at ``position``, or at the end where that lies before it.

        A key followed by a digit sorts right after the key: so a task comes last even when
        this machine's clock is behind the one that placed its predecessor.
        """
        row = await self._db.fetchrow(
            f"""
            INSERT INTO tasks.task (
                id, owner_id, title, description, status, priority, due_at, tags, position,
                completed_at
            )
            VALUES (
                $1, $2, $3, $4, $5, $6, $7, $8,
                greatest(
                    $9::text COLLATE "C",
                    (SELECT max(position) || 'V' FROM tasks.task WHERE owner_id = $2)
                ),
                CASE WHEN $5 = 'done' THEN now() END
            )
            RETURNING {_COLUMNS}
            """,
            task_id,
            owner_id,
            draft["title"],
            draft["description"],
            draft["status"],
            draft["priority"],
            draft["due_at"],
            draft["tags"],
            position,
        )
        return Task(*row)

    async def get(self, owner_id: UUID, task_id: UUID) -> Task | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_COLUMNS}
            FROM tasks.task
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
            """,
            task_id,
            owner_id,
        )
        return Task(*row) if row else None

    async def newest(
        self, owner_id: UUID, *, before: tuple[datetime, UUID], limit: int
    ) -> list[Task]:
        """Up to ``limit`` tasks that come after the row ``before``, newest first."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3)
            ORDER BY created_at DESC, id DESC
            LIMIT $4
            """,
            owner_id,
            *before,
            limit,
        )
        return [Task(*row) for row in rows]

    async def change(
        self,
        owner_id: UUID,
        task_id: UUID,
        changes: TaskChanges,
        versions: Sequence[int] | None,
    ) -> Task | None:
        """Change what is named; ``None`` when there is no such task in one of ``versions``."""
        row = await self._db.fetchrow(
            f"""
            UPDATE tasks.task
            SET title = CASE WHEN 'title' = ANY($4::text[]) THEN $5 ELSE title END,
                description = CASE WHEN 'description' = ANY($4) THEN $6 ELSE description END,
                status = CASE WHEN 'status' = ANY($4) THEN $7 ELSE status END,
                priority = CASE WHEN 'priority' = ANY($4) THEN $8 ELSE priority END,
                due_at = CASE WHEN 'due_at' = ANY($4) THEN $9 ELSE due_at END,
                tags = CASE WHEN 'tags' = ANY($4) THEN $10 ELSE tags END,
                completed_at = CASE
                    WHEN NOT 'status' = ANY($4) THEN completed_at
                    WHEN $7 = 'done' THEN coalesce(completed_at, now())
                END,
                version = version + (cardinality($4) > 0)::int,
                updated_at = CASE WHEN cardinality($4) > 0 THEN now() ELSE updated_at END
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING {_COLUMNS}
            """,
            task_id,
            owner_id,
            versions,
            list(changes),
            changes.get("title"),
            changes.get("description"),
            changes.get("status"),
            changes.get("priority"),
            changes.get("due_at"),
            changes.get("tags"),
        )
        return Task(*row) if row else None

    async def trash(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> bool:
        """Move to the trash; ``False`` when there is no such task in one of ``versions``."""
        row = await self._db.fetchrow(
            """
            UPDATE tasks.task
            SET deleted_at = now(), version = version + 1, updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                AND ($3::int[] IS NULL OR version = ANY($3))
            RETURNING id
            """,
            task_id,
            owner_id,
            versions,
        )
        return row is not None

    async def remove_all(self, owner_id: UUID) -> None:
        """Delete every task of an owner, those in the trash included."""
        await self._db.execute("DELETE FROM tasks.task WHERE owner_id = $1", owner_id)
