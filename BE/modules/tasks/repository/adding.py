"""The statement that adds tasks."""

from functools import cache

from BE.modules.tasks.repository.finding import COLUMNS

# Each half has its index.
_OWNED = """
    (SELECT count(*) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL)
        + (SELECT count(*) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NOT NULL)
"""
COUNT_OWNED = f"SELECT {_OWNED}"
"""How many tasks the owner ``$1`` has, those in the trash included."""


@cache
def adding(*, counting: bool) -> str:
    """The statement that adds the drafts ``$2`` of ``$1``, where no task is at ``$3`` or beyond.

    ``counting``: with how many the owner had before. Most additions are not counted, and have a
    statement without it, which is planned once.
    """
    returned = f"{COLUMNS}, {_OWNED}" if counting else COLUMNS
    return f"""
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
        WHERE $3::text IS NULL OR NOT EXISTS (
            SELECT
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL AND position >= $3
        )
        RETURNING {returned}
    """
