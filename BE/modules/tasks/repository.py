from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from BE.core.database import Database
from BE.modules.tasks.models import (
    Filter,
    Order,
    Sort,
    Status,
    Task,
    TaskChanges,
    TaskDraft,
    TaskStats,
    Today,
)

_COLUMNS = (
    "id, owner_id, title, description, status, priority, due_at, tags, position, version,"
    " created_at, updated_at, completed_at"
)

# What each order compares, of a column or of a value; each has its index in the migrations.
_KEYS: Mapping[Sort, str] = {
    "created_at": "{}",
    "updated_at": "{}",
    "due_at": "coalesce({}, 'infinity'::timestamptz)",
    "priority": "array_position('{{none,low,medium,high,urgent}}'::text[], {})",
    "title": 'lower({}) COLLATE "C"',
    "position": "{}",
}
_DUE_LAST_DESCENDING = "coalesce({}, '-infinity'::timestamptz)"
_TIMES = {"created_at", "updated_at", "due_at"}

_OVERDUE = "coalesce(due_at, 'infinity'::timestamptz) < now() AND status <> 'done'"
_FILTERS = {
    "status": "status = ANY({}::text[])",
    "priority": "priority = ANY({}::text[])",
    "tag": "tags @> {}::text[]",
    "due_before": "coalesce(due_at, 'infinity'::timestamptz) < {}::timestamptz",
    "due_after": (
        "coalesce(due_at, 'infinity'::timestamptz) >= {}::timestamptz AND due_at IS NOT NULL"
    ),
    "overdue": f"{_OVERDUE} AND {{}}::boolean",
    "not_overdue": f"NOT ({_OVERDUE}) AND {{}}::boolean",
    "q": "search @@ (SELECT tasks.query({}::text))",
}
# What these say of the order by due time, where it is asked for: there the stretch begins.
_BOUNDS = {
    "due_before": "{key} < {value}::timestamptz",
    "due_after": "{key} >= {value}::timestamptz",
    "overdue": "{key} < now()",
}

# So many tasks are read in the order asked for, and if that was worth it so many more, before the
# index of what is in them is.
_NEAR = 1000
_WIDE = 20_000


@cache
def _finding(sort: Sort, *, descending: bool, resumed: bool, filters: tuple[str, ...]) -> str:
    """The statement for a page: of ``$1``, of ``$2`` tasks at most, then filters, then a cursor.

    Where a filter matches many tasks, a page of them is found at once by following the order.
    Where it matches few, they are found at once in the index of words, tags and states, and
    sorted. Which it is shows on the way: the planner's estimate is too often wrong.
    """
    key = _DUE_LAST_DESCENDING if sort == "due_at" and descending else _KEYS[sort]
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    kind = "timestamptz" if sort in _TIMES else "text"
    last = len(filters) + 3
    order = f"ORDER BY {key.format(sort)} {direction}, id {direction}"
    scope = "owner_id = $1 AND deleted_at IS NULL"
    if resumed:
        value = key.format(f"${last}::{kind}")
        scope += f" AND ({key.format(sort)}, id) {beyond} ({value}, ${last + 1}::uuid)"
    if not filters:
        return f"SELECT {_COLUMNS} FROM tasks.task WHERE {scope} {order} LIMIT $2"
    matching = " AND ".join(
        _FILTERS[name].format(f"${number}") for number, name in enumerate(filters, 3)
    )
    bounds = [
        _BOUNDS[name].format(key=key.format(sort), value=f"${number}")
        for number, name in enumerate(filters, 3)
        if sort == "due_at" and name in _BOUNDS
    ]
    stretch = f"FROM tasks.task WHERE {' AND '.join([scope, *bounds])} {order}"
    worth_it = f"(SELECT count(*) FROM near) * {_WIDE // _NEAR} >= $2"
    if not {"q", "tag"} & {*filters}:  # a word or a tag that none of the first has may be nowhere
        worth_it = f"({worth_it} OR NOT EXISTS (SELECT FROM near))"
    return f"""
        WITH near AS MATERIALIZED (
            SELECT {_COLUMNS}
            FROM (SELECT {_COLUMNS}, search {stretch} LIMIT {_NEAR}) AS stretch
            WHERE {matching}
            LIMIT $2
        ), near_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM near) = $2
                OR (SELECT count(*) FROM (SELECT {stretch} LIMIT {_NEAR}) AS stretch) < {_NEAR}
                AS yes
        ), wide AS MATERIALIZED (
            SELECT {_COLUMNS}
            FROM (SELECT {_COLUMNS}, search {stretch} LIMIT {_WIDE}) AS stretch
            WHERE NOT (SELECT yes FROM near_is_all) AND {worth_it} AND {matching}
            LIMIT $2
        ), wide_is_all AS MATERIALIZED (
            SELECT (SELECT count(*) FROM wide) = $2 AS yes
        ), far AS MATERIALIZED (
            SELECT {_COLUMNS} FROM tasks.task WHERE {scope} AND {matching}
        )
        SELECT {_COLUMNS} FROM near WHERE (SELECT yes FROM near_is_all)
        UNION ALL
        SELECT {_COLUMNS} FROM wide WHERE (SELECT yes FROM wide_is_all)
        UNION ALL (
            SELECT {_COLUMNS}
            FROM far
            WHERE NOT (SELECT yes FROM near_is_all) AND NOT (SELECT yes FROM wide_is_all)
            {order}
            LIMIT $2
        )
    """


class TaskRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, owner_id: UUID, drafts: Sequence[tuple[UUID, str, TaskDraft]]
    ) -> list[Task]:
        """Insert tasks, each with its id and its position."""
        rows = await self._db.fetch(
            f"""
            INSERT INTO tasks.task (
                id, owner_id, title, description, status, priority, due_at, tags, position,
                completed_at
            )
            SELECT
                id, $1, title, description, status, priority, due_at, tags, position,
                CASE WHEN status = 'done' THEN now() END
            FROM jsonb_to_recordset($2::jsonb) AS draft (
                id uuid, title text, description text, status text, priority text,
                due_at timestamptz, tags text[], position text
            )
            RETURNING {_COLUMNS}
            """,
            owner_id,
            _json([{"id": id_, "position": position, **draft} for id_, position, draft in drafts]),
        )
        added = {row[0]: Task(*row) for row in rows}
        return [added[id_] for id_, _, _ in drafts]

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
        filters = _arguments(where)
        rows = await self._db.fetch(
            _finding(
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
            RETURNING {_COLUMNS}, before_status
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
            SELECT {_COLUMNS}
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
            RETURNING {_COLUMNS}
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
                WHERE id IN (
                    SELECT id
                    FROM tasks.task
                    WHERE deleted_at < now() - $1::interval
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                )
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
            SELECT {_COLUMNS}
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
            RETURNING {_COLUMNS}
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


def _arguments(where: Filter) -> dict[str, Any]:
    """What a filter looks for, by the names in ``_FILTERS``."""
    given = {name: getattr(where, name, None) for name in _FILTERS}
    if where.overdue is False:
        given |= {"overdue": None, "not_overdue": True}
    return {name: value for name, value in given.items() if value is not None and value != ()}


def _json(rows: Sequence[Any]) -> str:
    return orjson.dumps(rows, default=str).decode()
