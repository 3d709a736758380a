from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from BE.core.database.database import Database
from BE.modules.tasks.models import (
    Added,
    Filter,
    Order,
    Status,
    Task,
    TaskChanges,
    TaskDraft,
    TaskStats,
    Today,
)
from BE.modules.tasks.repository.adding import COUNT_OWNED, adding
from BE.modules.tasks.repository.finding import COLUMNS, arguments, finding


class TaskRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self,
        owner_id: UUID,
        drafts: Sequence[tuple[UUID, str, TaskDraft]],
        *,
        only_at_end: bool = False,
        counting: bool = False,
    ) -> Added:
        """Insert tasks, each with its id and its position.

        ``only_at_end``: none of them, where the owner has a task that is not before the first.
        ``counting``: with how many tasks the owner had, if any is inserted.
        """
        rows = await self._db.fetch(
            adding(counting=counting),
            owner_id,
            _json([{"id": id_, "position": position, **draft} for id_, position, draft in drafts]),
            drafts[0][1] if only_at_end else None,
        )
        width = len(Task.__dataclass_fields__)
        added = {row[0]: Task(*row[:width]) for row in rows}
        tasks = [added[id_] for id_, _, _ in drafts if id_ in added]
        return Added(tasks, rows[0][width] if rows and counting else 0)

    async def count_alone(self, owner_id: UUID) -> int:
        """How many tasks the owner has, those in the trash included.

        Until the transaction ends, nobody else counts alone: who is next counts them too.
        """
        await self._db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('tasks.quota', 0) # $1)",
            owner_id.int & (2**63 - 1),
        )
        owned: int = await self._db.fetchval(COUNT_OWNED, owner_id)
        return owned

    async def get(self, owner_id: UUID, task_id: UUID) -> Task | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
            """,
            task_id,
            owner_id,
        )
        return Task(*row) if row else None

    async def find(
        self,
        owner_id: UUID,
        where: Filter,
        order: Order,
        *,
        after: tuple[Any, UUID] | None,
        limit: int,
    ) -> list[Task]:
        """Up to ``limit`` tasks in an order, those that come ``after`` a value and an id."""
        filters = arguments(where)
        rows = await self._db.fetch(
            finding(
                order.by,
                descending=order.descending,
                resumed=after is not None,
                filters=tuple(filters),
            ),
            owner_id,
            limit,
            *filters.values(),
            *(after or ()),
        )
        return [Task(*row) for row in rows]

    async def change(
        self,
        owner_id: UUID,
        task_id: UUID,
        changes: TaskChanges,
        versions: Sequence[int] | None,
    ) -> tuple[Task, Status] | None:
        """Change what is named, and tell the status before.

        ``None`` when there is no such task in one of ``versions``.
        """
        row = await self._db.fetchrow(
            f"""
            WITH before (before_id, before_status) AS MATERIALIZED (
                SELECT id, status
                FROM tasks.task
                WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                    AND ($3::int[] IS NULL OR version = ANY($3))
                FOR UPDATE
            )
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
            FROM before
            WHERE id = before_id
            RETURNING {COLUMNS}, before_status
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
        return (Task(*row[:-1]), row[-1]) if row else None

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

    async def trashed(
        self, owner_id: UUID, *, before: tuple[datetime, UUID], limit: int
    ) -> list[Task]:
        """Up to ``limit`` tasks of the trash, the last one thrown away first.

        Nothing changes in the trash, so ``updated_at`` says when a task came there.
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
        """Take out of the trash; ``None`` when it is not in there."""
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

    async def purge(self, older_than: timedelta, limit: int) -> int:
        """Delete up to ``limit`` tasks that were thrown away so long ago; how many it were."""
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
        """Delete every task of an owner, those in the trash included; each half has its index."""
        await self._db.execute(
            """
            DELETE FROM tasks.task
            WHERE (owner_id = $1 AND deleted_at IS NULL)
                OR (owner_id = $1 AND deleted_at IS NOT NULL)
            """,
            owner_id,
        )

    async def stats(self, owner_id: UUID, today: Today) -> TaskStats:
        row = await self._db.fetchrow(
            """
            SELECT
                count(*),
                count(*) FILTER (WHERE status = 'todo'),
                count(*) FILTER (WHERE status = 'in_progress'),
                count(*) FILTER (WHERE status = 'done'),
                count(*) FILTER (WHERE due_at < $2 AND status <> 'done'),
                count(*) FILTER (WHERE due_at >= $3 AND due_at < $4),
                count(*) FILTER (WHERE completed_at >= $5),
                $2::timestamptz
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL
            """,
            owner_id,
            today.now,
            today.start,
            today.end,
            today.week,
        )
        return TaskStats(*row)

    async def now(self) -> datetime:
        """The time that this transaction's changes carry."""
        moment: datetime = await self._db.fetchval("SELECT now()")
        return moment

    async def lock(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        """Those of ``task_ids`` that there are, unchanged by others until the transaction ends."""
        rows = await self._db.fetch(
            f"""
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NULL
            ORDER BY id
            FOR UPDATE
            """,
            owner_id,
            task_ids,
        )
        return [Task(*row) for row in rows]

    async def save(self, tasks: Sequence[Task], *, trashed: Sequence[UUID]) -> None:
        """Write tasks that are locked, some of them to the trash."""
        await self._db.execute(
            """
            UPDATE tasks.task
            SET title = saved.title,
                description = saved.description,
                status = saved.status,
                priority = saved.priority,
                due_at = saved.due_at,
                tags = saved.tags,
                version = saved.version,
                updated_at = saved.updated_at,
                completed_at = saved.completed_at,
                deleted_at = CASE WHEN saved.id = ANY($2::uuid[]) THEN saved.updated_at END
            FROM jsonb_to_recordset($1::jsonb) AS saved (
                id uuid, title text, description text, status text, priority text,
                due_at timestamptz, tags text[], version int, updated_at timestamptz,
                completed_at timestamptz
            )
            WHERE task.id = saved.id
            """,
            _json(tasks),
            trashed,
        )

    async def lock_order(self, owner_id: UUID) -> None:
        """Let nobody else move a task of this owner until the transaction ends."""
        await self._db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('tasks.position', 0) # $1)",
            owner_id.int & (2**63 - 1),
        )

    async def last_position(self, owner_id: UUID) -> str | None:
        position: str | None = await self._db.fetchval(
            "SELECT max(position) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL",
            owner_id,
        )
        return position

    async def beside(
        self, owner_id: UUID, position: str, *, but: UUID, each_side: int
    ) -> list[tuple[UUID, str]]:
        """The ids and positions of tasks around a place, in order: up to it, and beyond it."""
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
        """The first position after a row, ``but`` that of one task."""
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

    async def place(self, owner_id: UUID, task_id: UUID, position: str) -> Task | None:
        row = await self._db.fetchrow(
            f"""
            UPDATE tasks.task
            SET position = $3, version = version + 1, updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
            RETURNING {COLUMNS}
            """,
            task_id,
            owner_id,
            position,
        )
        return Task(*row) if row else None

    async def spread(self, positions: Mapping[UUID, str]) -> None:
        """Give tasks that stay where they are in the order roomier positions."""
        await self._db.execute(
            """
            UPDATE tasks.task
            SET position = spread.position, version = version + 1
            FROM unnest($1::uuid[], $2::text[]) AS spread (id, position)
            WHERE task.id = spread.id
            """,
            list(positions),
            list(positions.values()),
        )


def _json(rows: Sequence[Any]) -> str:
    return orjson.dumps(rows, default=str).decode()
