"""The statement that adds tasks."""

from functools import cache

from BE.modules.tasks.repository.finding import COLUMNS

# Each of the two counts has an index.
_OWNED = """
    (SELECT count(*) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL)
        + (SELECT count(*) FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NOT NULL)
"""
COUNT_OWNED = f"SELECT {_OWNED}"
"""How many tasks the owner ``$1`` has, including the trash."""


@cache
def adding(*, counting: bool) -> str:
    """The statement that adds the drafts ``$2`` of ``$1``, unless a task is at ``$3`` or after.

    ``$4`` is the id of the team if ``$1`` is one, or null.

    With ``counting`` it also returns how many tasks the owner had. Most additions do not count,
    so they have a statement of their own, which PostgreSQL plans once.
    """
    returned = f"{COLUMNS}, {_OWNED}" if counting else COLUMNS
    return f"""
        INSERT INTO tasks.task (
            id, owner_id, team_id, assignee_id, title, description, status, priority,
            due_at, due_on, tags, position, completed_at
        )
        SELECT
            id, $1, $4::uuid, assignee_id, title, description, status, priority,
            due_at, due_on, tags, position, CASE WHEN status = 'done' THEN now() END
        FROM jsonb_to_recordset($2::jsonb) AS draft (
            id uuid, title text, description text, status text, priority text,
            due_at timestamptz, due_on date, tags text[], position text, assignee_id uuid
        )
        WHERE $3::text IS NULL OR NOT EXISTS (
            SELECT
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL AND position >= $3
        )
        RETURNING {returned}
    """
