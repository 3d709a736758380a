from uuid import UUID

from BE.core.database.database import Database
from BE.modules.tasks.models import Task
from BE.modules.tasks.repository.finding import COLUMNS


class AssignmentRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def unassign(self, team_id: UUID, assignee_id: UUID, limit: int) -> list[Task]:
        """End up to ``limit`` assignments of a member; no task in the trash changes its version."""
        rows = await self._db.fetch(
            f"""
            UPDATE tasks.task
            SET assignee_id = NULL,
                version = version + (deleted_at IS NULL)::int,
                updated_at = CASE WHEN deleted_at IS NULL THEN now() ELSE updated_at END
            WHERE owner_id = $1 AND id = ANY (ARRAY (
                SELECT id
                FROM tasks.task
                WHERE owner_id = $1 AND assignee_id = $2
                ORDER BY id
                LIMIT $3
                FOR UPDATE
            ))
            RETURNING {COLUMNS}
            """,
            team_id,
            assignee_id,
            limit,
        )
        return [Task(*row) for row in rows]
