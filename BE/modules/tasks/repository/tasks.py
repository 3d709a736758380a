from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.exclusive import hold_alone
from BE.core.database.json_rows import json_rows
from BE.core.database.named_columns import NamedColumns
from BE.modules.tasks.models import (
    Added,
    Status,
    TagCount,
    Task,
    TaskChanges,
    TaskDraft,
    TaskFilter,
    TaskOrder,
    TaskStats,
    Today,
)
from BE.modules.tasks.repository.adding import COUNT_OWNED, adding
from BE.modules.tasks.repository.finding import COLUMNS, arguments, counting, finding, needs_zone

_CHANGEABLE = NamedColumns(
    "title",
    "description",
    "status",
    "priority",
    "due_at",
    "due_on",
    "tags",
    "assignee_id",
    first=4,
)

_DUE_AT, _DUE_ON = (_CHANGEABLE.kept_or_set(column) for column in ("due_at", "due_on"))


class ActiveTaskRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self,
        owner_id: UUID,
        drafts: Sequence[tuple[UUID, str, TaskDraft]],
        *,
        team_id: UUID | None = None,
        only_at_end: bool = False,
        counting: bool = False,
    ) -> Added:
        """Insert tasks with their ids and positions; ``team_id`` if the owner is a team.

        ``only_at_end`` inserts none if the owner has a task at or after the first position.
        ``counting`` also returns how many tasks the owner had, if any is inserted.
        """
        rows = await self._db.fetch(
            adding(counting=counting),
            owner_id,
            json_rows(
                [
                    {"id": task_id, "position": position, **draft}
                    for task_id, position, draft in drafts
                ]
            ),
            drafts[0][1] if only_at_end else None,
            team_id,
        )
        width = len(Task.__dataclass_fields__)
        added = {row[0]: Task(*row[:width]) for row in rows}
        tasks = [added[task_id] for task_id, _, _ in drafts if task_id in added]
        return Added(tasks, rows[0][width] if rows and counting else 0)

    async def count_alone(self, owner_id: UUID) -> int:
        """How many tasks the owner has, including the trash.

        Counting is exclusive until the transaction ends, so the next count sees what this
        transaction has added.
        """
        await hold_alone(self._db, "tasks.quota", owner_id)
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
        where: TaskFilter,
        order: TaskOrder,
        *,
        after: Sequence[Any] | None,
        limit: int,
    ) -> list[Task]:
        """Up to ``limit`` tasks in an order, ``after`` the values of :meth:`TaskOrder.key`."""
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
            *([where.tz] if needs_zone(order.by, filters) else []),
            *(after or ()),
        )
        return [Task(*row) for row in rows]

    async def count(self, owner_id: UUID, where: TaskFilter) -> int:
        """How many tasks match."""
        filters = arguments(where)
        rows = await self._db.fetch(
            counting(tuple(filters)),
            owner_id,
            *filters.values(),
            *([where.tz] if needs_zone(None, filters) else []),
        )
        return rows[0]["count"] if rows else 0

    async def change(
        self,
        owner_id: UUID,
        task_id: UUID,
        changes: TaskChanges,
        versions: Sequence[int] | None,
    ) -> tuple[Task, Status] | None:
        """Set the columns that ``changes`` names; return the task and its previous status.

        ``None`` without such a task in one of ``versions``, and if it would be due twice.
        """
        row = await self._db.fetchrow(
            f"""
            WITH before (before_id, before_status) AS MATERIALIZED (
                SELECT id, status
                FROM tasks.task
                WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
                    AND ($3::int[] IS NULL OR version = ANY($3))
                    AND num_nonnulls({_DUE_AT}, {_DUE_ON}) < 2
                FOR UPDATE
            )
            UPDATE tasks.task
            SET {_CHANGEABLE.assignments},
                completed_at = CASE
                    WHEN NOT {_CHANGEABLE.names("status")} THEN completed_at
                    WHEN {_CHANGEABLE.value("status")} = 'done' THEN coalesce(completed_at, now())
                END
            FROM before
            WHERE id = before_id AND owner_id = $2
            RETURNING {COLUMNS}, before_status
            """,
            task_id,
            owner_id,
            versions,
            *_CHANGEABLE.arguments(changes),
        )
        return (Task(*row[:-1]), row[-1]) if row else None

    async def stats(self, owner_id: UUID, today: Today) -> TaskStats:
        row = await self._db.fetchrow(
            """
            SELECT
                count(*),
                count(*) FILTER (WHERE status = 'todo'),
                count(*) FILTER (WHERE status = 'in_progress'),
                count(*) FILTER (WHERE status = 'done'),
                count(*) FILTER (WHERE (due_at < $2 OR due_on < $6) AND status <> 'done'),
                count(*) FILTER (WHERE (due_at >= $3 AND due_at < $4) OR due_on = $6),
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
            today.date,
        )
        return TaskStats(*row)

    async def tags(self, owner_id: UUID, *, limit: int) -> list[TagCount]:
        """The tags in use, the most frequent first."""
        rows = await self._db.fetch(
            """
            SELECT tag, count(*) AS tasks
            FROM tasks.task, unnest(tags) AS tag
            WHERE owner_id = $1 AND deleted_at IS NULL
            GROUP BY tag
            ORDER BY tasks DESC, tag COLLATE "C"
            LIMIT $2
            """,
            owner_id,
            limit,
        )
        return [{"tag": tag, "tasks": tasks} for tag, tasks in rows]

    async def now(self) -> datetime:
        """The time of this transaction, which its changes carry."""
        moment: datetime = await self._db.fetchval("SELECT now()")
        return moment

    async def lock(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        """Read those of ``task_ids`` that exist, and lock them until the transaction ends."""
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

    async def save(self, owner_id: UUID, tasks: Sequence[Task], *, trashed: Sequence[UUID]) -> None:
        """Write locked tasks, and move ``trashed`` to the trash."""
        await self._db.execute(
            """
            UPDATE tasks.task
            SET title = saved.title,
                description = saved.description,
                status = saved.status,
                priority = saved.priority,
                due_at = saved.due_at,
                due_on = saved.due_on,
                tags = saved.tags,
                assignee_id = saved.assignee_id,
                version = saved.version,
                updated_at = saved.updated_at,
                completed_at = saved.completed_at,
                deleted_at = CASE WHEN saved.id = ANY($3::uuid[]) THEN saved.updated_at END
            FROM jsonb_to_recordset($2::jsonb) AS saved (
                id uuid, title text, description text, status text, priority text,
                due_at timestamptz, due_on date, tags text[], assignee_id uuid, version int,
                updated_at timestamptz, completed_at timestamptz
            )
            WHERE task.id = saved.id AND owner_id = $1
            """,
            owner_id,
            json_rows(tasks),
            trashed,
        )
