from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.tasks.models import Task
from BE.modules.tasks.repository.finding import COLUMNS


class TransferRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def transfer(
        self,
        owner_id: UUID,
        task_id: UUID,
        team_id: UUID,
        position: str,
        versions: Sequence[int] | None,
    ) -> Task | None:
        """Give a user's task to a team; ``None`` without such a task in one of ``versions``."""
        row = await self._db.fetchrow(
            f"""
            UPDATE tasks.task
            SET owner_id = $3, team_id = $3, position = $4, version = version + 1,
                updated_at = now()
            WHERE id = $1 AND owner_id = $2 AND team_id IS NULL AND deleted_at IS NULL
                AND ($5::int[] IS NULL OR version = ANY($5))
            RETURNING {COLUMNS}
            """,
            task_id,
            owner_id,
            team_id,
            position,
            versions,
        )
        return Task(*row) if row else None
